// Package doors opens the HTTP doors of simulated AWS to a deployed stack: its
// API, STS, and for each instance role the metadata of an EC2 instance that has
// it.
package doors

import (
	"errors"
	"net/http"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/gateway"
	"iam-secured-api/internal/sandbox/loopback"
	"iam-secured-api/internal/sandbox/metadata"
	"iam-secured-api/internal/sandbox/sts"
)

// Stack says what the doors lead to.
type Stack struct {
	Account string
	Region  string
	APIID   string
	Stage   string
	// Profiles are the names of instance profiles, by the names of their roles.
	Profiles map[string]string
}

// Doors are open until they are closed.
type Doors struct {
	// InvokeURL is the stage's, without a slash at its end.
	InvokeURL string
	// STS is the endpoint of STS.
	STS string
	// Metadata are the endpoints of the instance metadata, by role.
	Metadata map[string]string

	servers []*loopback.Server
}

// Open opens all doors to a stack, on loopback. The time of STS and of the
// metadata is the gateway's.
func Open(c *cloud.Cloud, stack Stack, options gateway.Options) (*Doors, error) {
	d := &Doors{Metadata: map[string]string{}}
	var err error
	serve := func(handler http.Handler) (url string) {
		if err != nil {
			return ""
		}
		var server *loopback.Server
		if server, err = loopback.Serve(handler); err != nil {
			return ""
		}
		d.servers = append(d.servers, server)
		return server.URL()
	}
	d.InvokeURL = serve(gateway.New(c, stack.Account, stack.Region, stack.APIID, options))
	if stack.Stage != "$default" {
		d.InvokeURL += "/" + stack.Stage
	}
	d.STS = serve(sts.New(c, stack.Region, options.Now))
	for role, profile := range stack.Profiles {
		d.Metadata[role] = serve(metadata.New(c, stack.Account, stack.Region, profile, options.Now))
	}
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// Close closes all doors.
func (d *Doors) Close() error {
	var errs []error
	for _, server := range d.servers {
		errs = append(errs, server.Close())
	}
	return errors.Join(errs...)
}
