package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"iam-secured-api/components/access/iam"
	"iam-secured-api/internal/cache"
)

// longestLine is the longest line that is read, in bytes. All documents that a
// principal can have, at their quotas, take a fraction of it.
const longestLine = 4 << 20

// answer is what is printed for a line.
type answer struct {
	Decision string `json:"decision,omitempty"`
	Reason   string `json:"reason,omitempty"`
	Error    string `json:"error,omitempty"`
}

// decideAll answers each line of the input. It writes out what it has before it
// waits for more input, so that it can be asked line by line. The error is one of
// reading or writing: a line that cannot be judged is answered with why.
func decideAll(in io.Reader, out io.Writer) error {
	lines := &lineReader{in: bufio.NewReaderSize(in, 64<<10), longest: longestLine}
	buffer := bufio.NewWriterSize(out, 64<<10)
	encoder := json.NewEncoder(buffer)
	encoder.SetEscapeHTML(false)
	judge := &judge{}
	for {
		if !lines.ready() {
			if err := buffer.Flush(); err != nil {
				return err
			}
		}
		line, err := lines.next()
		if err == io.EOF {
			return buffer.Flush()
		}
		if err != nil && !errors.Is(err, errLongLine) {
			return errors.Join(err, buffer.Flush())
		}
		if err := encoder.Encode(judge.answer(line, err)); err != nil {
			return err
		}
	}
}

// judge answers lines. It keeps the documents that it has compiled.
type judge struct {
	identities cache.Cache[*iam.IdentityPolicy]
	trusts     cache.Cache[*iam.TrustPolicy]
}

// answer judges a line, unless it could not be read.
func (j *judge) answer(line []byte, err error) answer {
	var decision iam.Decision
	if err == nil {
		decision, err = j.decide(line)
	}
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Decision: decision.Effect().String(), Reason: decision.Reason()}
}

func (j *judge) decide(line []byte) (iam.Decision, error) {
	call, policies, err := j.read(line)
	if err != nil {
		return iam.Decision{}, err
	}
	request, err := iam.NewRequest(call)
	if err != nil {
		return iam.Decision{}, err
	}
	return policies.Decide(request)
}

// read takes a line apart.
func (j *judge) read(line []byte) (call iam.RequestInput, policies iam.Policies, err error) {
	members, err := objectOf(line)
	if err != nil {
		return call, policies, err
	}
	for _, m := range members {
		switch m.name {
		case "principal":
			call.Principal, err = textOf(m.value)
		case "action":
			call.Action, err = textOf(m.value)
		case "resource":
			call.Resource, err = textOf(m.value)
		case "resourceAccount":
			if call.ResourceAccount, err = textOf(m.value); err == nil && call.ResourceAccount == "" {
				err = errors.New("must be an account id of 12 digits, or left out")
			}
		case "identity":
			policies.Identity, err = j.documents(m.value)
		case "boundary":
			policies.Boundary, err = j.identities.Get(string(m.value), iam.CompileIdentity)
		case "session":
			policies.Session, err = j.identities.Get(string(m.value), iam.CompileIdentity)
		case "trust":
			policies.Trust, err = j.trusts.Get(string(m.value), iam.CompileTrust)
		case "context":
			call.Context, err = contextOf(m.value)
		default:
			err = errors.New("is an unknown key; accepted are action, boundary, context, identity, principal, resource, resourceAccount, session, trust")
		}
		if err != nil {
			return call, policies, fmt.Errorf("%.80q: %w", m.name, err)
		}
	}
	return call, policies, nil
}

// documents compiles a list of identity documents.
func (j *judge) documents(list []byte) ([]*iam.IdentityPolicy, error) {
	items, err := itemsOf(list)
	if err != nil {
		return nil, err
	}
	compiled := make([]*iam.IdentityPolicy, len(items))
	for i, item := range items {
		if compiled[i], err = j.identities.Get(string(item), iam.CompileIdentity); err != nil {
			return nil, fmt.Errorf("[%d]: %w", i, err)
		}
	}
	return compiled, nil
}

// contextOf reads the values of condition keys: one or a list of them, strings,
// numbers and booleans.
func contextOf(object []byte) (map[string][]string, error) {
	members, err := membersOf(object)
	if err != nil {
		return nil, err
	}
	context := make(map[string][]string, len(members))
	for _, m := range members {
		values := [][]byte{m.value}
		if m.value[0] == '[' {
			if values, err = itemsOf(m.value); err != nil {
				return nil, err
			}
		}
		texts := make([]string, len(values))
		for i, value := range values {
			if texts[i], err = scalarOf(value); err != nil {
				return nil, fmt.Errorf("%.80q: %w", m.name, err)
			}
		}
		context[m.name] = texts
	}
	return context, nil
}
