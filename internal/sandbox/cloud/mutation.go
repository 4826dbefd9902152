package cloud

// Mutation is one action that changes something.
type Mutation struct {
	// Seq counts the mutations since the hook was set, from 1.
	Seq int
	// Account is the 12-digit id of the account that is changed.
	Account string
	// Action is AWS's name of the action, for example CreateUser.
	Action string
	// Target names what is changed: a name, an ARN or an id.
	Target string
}

// Fault is what happens to a mutation.
type Fault int

const (
	// NoFault lets the action succeed.
	NoFault Fault = iota
	// FailBefore makes the action fail before it takes effect.
	FailBefore
	// LoseReply makes the action fail after it has taken effect.
	LoseReply
)

// OnMutation sets the hook that is called before each mutation, nil for none.
// No lock is held during the call, so the hook may block and may use the Cloud.
// If AWS rejects the action anyway, the rejection takes precedence over
// LoseReply.
func (c *Cloud) OnMutation(hook func(Mutation) Fault) {
	c.hookMu.Lock()
	defer c.hookMu.Unlock()
	c.hook, c.seq = hook, 0
}

// nextFault returns the fault for the next mutation.
func (c *Cloud) nextFault(m Mutation) Fault {
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
		return errorf("RequestCanceled", "%s was not sent: its context is done", action)
	}
	fault := a.cloud.nextFault(Mutation{Account: a.id, Action: action, Target: target})
	if fault == FailBefore {
		return errorf("ServiceUnavailable", "injected fault: %s of %s failed before it took effect", action, target)
	}
	a.cloud.mu.Lock()
	defer a.cloud.mu.Unlock()
	a.cloud.version.Add(1)
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
