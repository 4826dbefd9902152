package provider

import (
	"context"
	"fmt"
	"net"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/test/bufconn"

	"iam-secured-api/internal/sandbox/cloud"
)

// maxMessageSize is gRPC's limit as the engine sets it.
const maxMessageSize = 400 << 20

// Server serves the provider to any number of engines. Each connection has its
// own configuration, so that programs can use different accounts.
type Server struct {
	grpc *grpc.Server
	port int
}

// Serve listens on a free port of 127.0.0.1 until Close is called or ctx is
// done.
func Serve(ctx context.Context, c *cloud.Cloud) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("provider cannot listen on 127.0.0.1: %w", err)
	}
	s := &Server{grpc: serve(&provider{cloud: c}, listener), port: listener.Addr().(*net.TCPAddr).Port}
	context.AfterFunc(ctx, s.grpc.Stop)
	return s, nil
}

// serve serves the provider on a listener until it is stopped.
func serve(p *provider, listener net.Listener) *grpc.Server {
	server := grpc.NewServer(grpc.StatsHandler(connections{}), grpc.MaxRecvMsgSize(maxMessageSize),
		grpc.MaxSendMsgSize(maxMessageSize))
	pulumirpc.RegisterResourceProviderServer(server, p)
	go func() { _ = server.Serve(listener) }() // ends with Stop, which leaves nothing to report
	return server
}

// Connection is a connection to a provider within this process.
type Connection struct {
	*grpc.ClientConn
	server *grpc.Server
}

// Connect serves the provider to one engine within this process, without a
// port. Close the connection after use.
func Connect(c *cloud.Cloud, environment Environment) (*Connection, error) {
	listener := bufconn.Listen(1 << 20)
	server := serve(&provider{cloud: c, environment: environment}, listener)
	client, err := grpc.NewClient("passthrough:///provider",
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessageSize), grpc.MaxCallSendMsgSize(maxMessageSize)))
	if err != nil {
		server.Stop()
		return nil, err
	}
	return &Connection{ClientConn: client, server: server}, nil
}

// Close ends the connection, see [Server.Close].
func (c *Connection) Close() error {
	err := c.ClientConn.Close()
	c.server.Stop()
	return err
}

// Port returns the port that the server listens on.
func (s *Server) Port() int { return s.port }

// Close ends all connections. Requests that were already sent to the Cloud may
// still take effect. It returns nil.
func (s *Server) Close() error {
	s.grpc.Stop()
	return nil
}

type sessionKey struct{}

// connections attaches a session to each connection. The engine opens a
// connection for every provider that a program configures, and its requests do
// not say which provider they are for.
type connections struct{}

func (connections) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context {
	return context.WithValue(ctx, sessionKey{}, &session{})
}

func (connections) HandleConn(context.Context, stats.ConnStats) {}

func (connections) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }

func (connections) HandleRPC(context.Context, stats.RPCStats) {}

// sessionOf returns the session of the connection that a request came on.
func sessionOf(ctx context.Context) *session { return ctx.Value(sessionKey{}).(*session) }
