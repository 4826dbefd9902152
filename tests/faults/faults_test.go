package faults_test

import (
	"testing"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/tests/faults"
	"iam-secured-api/tests/harness"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSmall tries every point of failure of a small stack.
func TestSmall(t *testing.T) {
	for _, scenario := range faults.Small(t) {
		t.Run(scenario.Name, func(t *testing.T) {
			points := scenario.Points(t)
			t.Logf("%d points", len(points))
			faults.Try(t, points)
		})
	}
}

// TestLarge tries a sample of the points of failure of large stacks. Package sweep tries
// all of them.
func TestLarge(t *testing.T) {
	for _, scenario := range faults.Samples(t) {
		t.Run(scenario.Name, func(t *testing.T) {
			faults.Try(t, faults.Sample(t, scenario.Points(t), 2))
		})
	}
}

// TestDestroyInstead loses the reply to an attachment, so that it is not in the
// state. A destroy then fails, because the policy cannot be deleted, and an up
// adopts the attachment.
func TestDestroyInstead(t *testing.T) {
	run := harness.New(t, harness.Config(t))
	attach := faults.Call{Action: "AttachGroupPolicy", Target: "ReadOnly-Group", Nth: 1}
	lost, err := faults.RunWithFault(t, run, faults.Up, attach, cloud.LoseReply)
	faults.CheckMessage(t, err, attach, lost)
	_, err = run.TryDestroy()
	require.ErrorContains(t, err, "DeleteConflict: ")
	run.Up(t)
	run.Destroy(t)
	assert.Equal(t, cloud.New().Describe(), run.Cloud.Describe())
}
