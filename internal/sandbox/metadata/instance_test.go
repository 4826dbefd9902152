package metadata_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/metadata"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

// TestInstance checks that the service follows the settings of a deployed instance.
func TestInstance(t *testing.T) {
	i := launch(t)
	r := i.account.Region(region)
	vpc := Must(r.CreateVpc("10.0.0.0/24", nil))
	in := cloud.InstanceSettings{
		ImageID: Must(r.PublicParameter(cloud.ImageParameter)), InstanceType: "t4g.nano", ProfileName: "reader",
		SubnetID: Must(r.CreateSubnet(vpc.ID, "10.0.0.0/24", "", nil)).ID,
		Metadata: cloud.MetadataOptions{Endpoint: "enabled", Tokens: "required", HopLimit: 1},
	}
	id := Must(r.RunInstances(in, nil)).ID
	service := metadata.OfInstance(i.cloud, cloud.APIAccount, region, id, i.clock.Now)
	i.handler = service
	set := func(edit func(*cloud.InstanceSettings)) { OK(r.ModifyInstance("Modify", id, edit)) }
	get := func(headers ...string) *httptest.ResponseRecorder {
		return i.call(http.MethodGet, credentials, headers...)
	}

	_, text := i.get("/latest/meta-data/instance-id")
	assert.Equal(t, id, text)
	assert.Equal(t, http.StatusUnauthorized, get().Code)
	set(func(s *cloud.InstanceSettings) { s.Metadata.Tokens = "optional" })
	assert.Equal(t, "reader", get().Body.String())
	assert.Equal(t, http.StatusUnauthorized, get("X-aws-ec2-metadata-token", "x").Code, "an invalid token")

	container := func() int {
		i.handler = service.Behind(1)
		defer func() { i.handler = service }()
		return i.call(http.MethodPut, token, "X-aws-ec2-metadata-token-ttl-seconds", "60").Code
	}
	assert.PanicsWithValue(t, http.ErrAbortHandler, func() { container() })
	set(func(s *cloud.InstanceSettings) { s.Metadata.HopLimit = 2 })
	assert.Equal(t, http.StatusOK, container())

	set(func(s *cloud.InstanceSettings) { s.ProfileName = "" })
	status, _ := i.get(credentials)
	assert.Equal(t, http.StatusNotFound, status)
	set(func(s *cloud.InstanceSettings) { s.Metadata.Endpoint = "disabled" })
	assert.Equal(t, http.StatusForbidden, get().Code)
	OK(r.TerminateInstances(id))
	assert.PanicsWithValue(t, http.ErrAbortHandler, func() { get() })
}
