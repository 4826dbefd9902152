package metadata

import (
	"net/http"
	"time"

	"iam-secured-api/internal/sandbox/cloud"
)

// Instance is the metadata service of a deployed instance. It follows the instance's current
// profile and metadata options.
type Instance struct {
	*handler
	region *cloud.Region
	hops   int
}

// OfInstance returns the metadata service of an instance, as a process on the instance
// sees it. Now returns the time; nil for the system's.
func OfInstance(c *cloud.Cloud, account, region, id string, now func() time.Time) *Instance {
	i := &Instance{region: c.Account(account).Region(region)}
	i.handler = newHandler(c, account, region, id, func() string {
		instance, _ := i.region.DescribeInstance(id) // a terminated one has no profile
		return instance.ProfileName
	}, now)
	i.optional = func() bool {
		instance, err := i.region.DescribeInstance(id)
		return err == nil && instance.Metadata.Tokens == "optional"
	}
	return i
}

// Behind returns the service as a container sees it that is some hops away.
func (i *Instance) Behind(hops int) *Instance { return &Instance{i.handler, i.region, hops} }

// ServeHTTP implements [http.Handler]. It breaks connections that AWS does not answer: those
// of a terminated instance, and those that request a token from more hops away than the
// response may travel.
func (i *Instance) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	instance, err := i.region.DescribeInstance(i.instance)
	switch options := instance.Metadata; {
	case err != nil, r.URL.Path == pathToken && i.hops >= options.HopLimit:
		panic(http.ErrAbortHandler)
	case options.Endpoint != "enabled":
		refuse(w, http.StatusForbidden)
	default:
		i.handler.ServeHTTP(w, r)
	}
}
