// Package loopback serves the HTTP endpoints of the sandbox, on 127.0.0.1 alone.
package loopback

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"
)

// closeTime is how long Close waits for requests that are under way.
const closeTime = time.Second

// Server serves one handler on a port of its own.
type Server struct {
	server *http.Server
	port   int
	ended  chan struct{}
}

// Serve listens on a free port of 127.0.0.1 until it is closed.
func Serve(handler http.Handler) (*Server, error) { return serve(handler, nil) }

// ServeTLS is like Serve, with TLS and without HTTP/2.
func ServeTLS(handler http.Handler, config *tls.Config) (*Server, error) {
	return serve(handler, config)
}

func serve(handler http.Handler, config *tls.Config) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("cannot listen on 127.0.0.1: %w", err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	if config != nil {
		listener = tls.NewListener(listener, config)
	}
	s := &Server{
		server: &http.Server{
			Handler:           handler,
			ReadHeaderTimeout: 10 * time.Second,
			ReadTimeout:       time.Minute,
			WriteTimeout:      2 * time.Minute, // a backend has 30 s
			IdleTimeout:       time.Minute,
			MaxHeaderBytes:    64 << 10, // the handlers have limits of their own
			ErrorLog:          log.New(io.Discard, "", 0),
			// The handler refuses OPTIONS * as any other request.
			DisableGeneralOptionsHandler: true,
		},
		port:  port,
		ended: make(chan struct{}),
	}
	go func() {
		_ = s.server.Serve(listener) // ends with Close, which leaves nothing to report
		close(s.ended)
	}()
	return s, nil
}

// Address returns the server's address, with its port.
func (s *Server) Address() string { return fmt.Sprintf("127.0.0.1:%d", s.port) }

// URL returns the server's URL, without a slash at its end.
func (s *Server) URL() string { return fmt.Sprintf("http://127.0.0.1:%d", s.port) }

// Close ends the server. Requests that are under way have a second to finish.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	err := s.server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.server.Close()
	}
	<-s.ended
	return err
}
