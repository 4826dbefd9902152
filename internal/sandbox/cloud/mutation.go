package cloud

// Mutation is one call that changes something.
type Mutation struct {
	// Seq counts the mutations since the hook was set, from 1.
	Seq int
	// Account is the 12-digit id of the account that is changed.
	Account string
	// Action is AWS's name of the call, such as CreateUser.
	Action string
	// Target names what is changed: a name, an ARN or an id.
	Target string
}

// Fault is what happens to a mutation.
type Fault int

const (
	// NoFault lets the call through.
	NoFault Fault = iota
	// FailBefore fails the call before it takes effect.
	FailBefore
	// LoseReply lets the call take effect and fails it afterwards.
	LoseReply
)

// OnMutation sets the hook that is asked before each mutation, nil for none.
// It is called without a lock held, so it may block, and may call the Cloud. A
// fault in a call that AWS refuses anyway is that refusal.
func (c *Cloud) OnMutation(hook func(Mutation) Fault) {
	c.hookMu.Lock()
	defer c.hookMu.Unlock()
	c.hook, c.seq = hook, 0
}

// ask returns the fault for the next mutation.
func (c *Cloud) ask(m Mutation) Fault {
	c.hookMu.Lock()
	hook := c.hook
	if hook != nil {
		c.seq++
		m.Seq = c.seq
	}
	c.hookMu.Unlock()
	if hook == nil {
		return NoFault
	}
	return hook(m)
}

// mutate is the one place that changes a Cloud. f must change nothing if it
// returns an error.
func (a *Account) mutate(action, target string, f func(*account) error) error {
	if a.ctx != nil && a.ctx.Err() != nil {
		return errorf("RequestCanceled", "%s was not sent: its caller is gone", action)
	}
	fault := a.cloud.ask(Mutation{Account: a.id, Action: action, Target: target})
	if fault == FailBefore {
		return errorf("ServiceUnavailable", "injected fault: %s of %s failed before it took effect", action, target)
	}
	a.cloud.mu.Lock()
	defer a.cloud.mu.Unlock()
	st := a.cloud.state.Accounts[a.id]
	if st == nil {
		return a.unknown()
	}
	if err := f(st); err != nil {
		return err
	}
	if fault == LoseReply {
		return errorf("RequestTimeout", "injected fault: the reply to %s of %s was lost", action, target)
	}
	return nil
}
