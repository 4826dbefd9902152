package cloud_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

func TestLogEvents(t *testing.T) {
	c, a := account()
	r := a.Region(Region)
	OK(r.CreateLogGroup("/api/prod", "", nil))
	before := c.Describe()
	const arn = "arn:aws:logs:us-east-1:111122223333:log-group:/api/prod"
	c.DeliverLog(arn, time.Now(), "one")
	c.DeliverLog(arn, time.Now(), "two")
	assert.Equal(t, []string{"one", "two"}, Must(r.FilterLogEvents("/api/prod")))
	assert.Equal(t, before, c.Describe(), "events are not described")
	for _, lost := range []string{
		"", "x", arn + ":*", arn + "s", "arn:aws:logs:eu-west-1:111122223333:log-group:/api/prod", "arn:aws:logs:us-east-1:444455556666:log-group:/api/prod",
		"arn:aws:logs:us-east-1:999999999999:log-group:/api/prod",
	} {
		c.DeliverLog(lost, time.Now(), "three")
	}
	Must(r.FilterLogEvents("/api/prod"))[0] = "changed"
	copied := c.Clone()
	copied.DeliverLog(arn, time.Now(), "three")
	assert.Equal(t, []string{"one", "two"}, Must(r.FilterLogEvents("/api/prod")))
	assert.Equal(t, []string{"one", "two", "three"}, Must(copied.Account(cloud.APIAccount).Region(Region).FilterLogEvents("/api/prod")))

	OK(r.DeleteLogGroup("/api/prod"))
	WantCode(t, cloud.CodeResourceNotFound, failed(r.FilterLogEvents("/api/prod")))
	c.DeliverLog(arn, time.Now(), "three")
	OK(r.CreateLogGroup("/api/prod", "", nil))
	assert.Empty(t, Must(r.FilterLogEvents("/api/prod")))
}

// TestLogEventsAreBounded shows that the newest events are kept.
func TestLogEventsAreBounded(t *testing.T) {
	c, a := account()
	OK(a.Region(Region).CreateLogGroup("g", "", nil))
	for n := range 25_001 {
		c.DeliverLog("arn:aws:logs:us-east-1:111122223333:log-group:g", time.Now(), fmt.Sprint(n))
	}
	events := Must(a.Region(Region).FilterLogEvents("g"))
	assert.LessOrEqual(t, len(events), 10_000)
	assert.GreaterOrEqual(t, len(events), 5_000)
	for i, event := range events {
		if want := fmt.Sprint(25_001 - len(events) + i); event != want {
			t.Fatalf("event %d is %s, want %s", i, event, want)
		}
	}
}
