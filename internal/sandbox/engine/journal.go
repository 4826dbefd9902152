package engine

import (
	"slices"
	"sync"

	"github.com/pulumi/pulumi/pkg/v3/engine"
	"github.com/pulumi/pulumi/pkg/v3/resource/deploy"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// journal records the begin and the end of each of the engine's steps, and computes
// the state from them. It is the engine's snapshot manager.
type journal struct {
	mu      sync.Mutex
	base    *deploy.Snapshot // the engine's own, which it changes
	entries engine.JournalEntries
	// checkpoint, if set, is called after each entry, before the engine goes on.
	checkpoint func(State)
}

var _ engine.SnapshotManager = (*journal)(nil)

func (j *journal) note(entry engine.TestJournalEntry) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = append(j.entries, entry)
	if j.checkpoint == nil {
		return nil
	}
	state, err := j.snap()
	if err != nil {
		return err
	}
	j.checkpoint(state)
	return nil
}

// snap returns the state after the entries so far.
func (j *journal) snap() (State, error) {
	snapshot, err := j.entries.Snap(j.base)
	if err != nil {
		return nil, err
	}
	return record(snapshot)
}

// BeginMutation implements [engine.SnapshotManager].
func (j *journal) BeginMutation(step deploy.Step) (engine.SnapshotMutation, error) {
	return j, j.note(engine.TestJournalEntry{Kind: engine.TestJournalEntryBegin, Step: step})
}

// End implements [engine.SnapshotMutation].
func (j *journal) End(step deploy.Step, success bool) error {
	kind := engine.TestJournalEntryFailure
	if success {
		kind = engine.TestJournalEntrySuccess
	}
	return j.note(engine.TestJournalEntry{Kind: kind, Step: step})
}

// RegisterResourceOutputs implements [engine.SnapshotManager].
func (j *journal) RegisterResourceOutputs(step deploy.Step) error {
	return j.note(engine.TestJournalEntry{Kind: engine.TestJournalEntryOutputs, Step: step})
}

// SetSnippets implements [engine.SnapshotManager].
func (j *journal) SetSnippets(snippets []resource.Snippet) error {
	return j.note(engine.TestJournalEntry{Kind: engine.TestJournalEntrySnippets, Snippets: slices.Clone(snippets)})
}

// Write implements [engine.SnapshotManager]: the journal sees what the engine
// does to the base.
func (j *journal) Write(*deploy.Snapshot) error { return nil }

// RebuiltBaseState implements [engine.SnapshotManager]: see Write.
func (j *journal) RebuiltBaseState() error { return nil }

// Close implements [io.Closer].
func (j *journal) Close() error { return nil }
