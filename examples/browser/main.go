// Browser serves a page that signs requests, on this machine only.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"strconv"
	"time"

	"iam-secured-api/examples/browser/page"
)

func main() {
	port := flag.Int("port", 8080, "port on localhost")
	flag.Parse()
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(*port)))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("http://localhost:%d\n", *port)
	server := &http.Server{Handler: page.Handler(), ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.Serve(listener))
}
