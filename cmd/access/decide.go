package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"iam-secured-api/components/access/iam"
	"iam-secured-api/internal/cache"
	"iam-secured-api/internal/strictjson"
)

// longestLine is the longest line that is read, in bytes. All documents of a principal
// at IAM's quotas take a fraction of it.
const longestLine = 4 << 20

// answer is the output for a line.
type answer struct {
	Decision string `json:"decision,omitempty"`
	Reason   string `json:"reason,omitempty"`
	Error    string `json:"error,omitempty"`
}

// decideAll answers each line of the input. It flushes the output before it waits for
// more input, so that a program can write a line and read the answer. The error is one
// of reading or writing: a line that is not valid has an answer with an error.
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

// judge answers lines. It caches compiled documents.
type judge struct {
	identities cache.Cache[*iam.IdentityPolicy]
	trusts     cache.Cache[*iam.TrustPolicy]
}

// answer decides about a line, unless there was an error reading it.
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

// read parses a line.
func (j *judge) read(line []byte) (call iam.RequestInput, policies iam.Policies, err error) {
	members, err := membersOf(line)
	if err != nil {
		return call, policies, err
	}
	for _, m := range members {
		switch m.Name {
		case "principal":
			call.Principal, err = textOf(m.Value)
		case "action":
			call.Action, err = textOf(m.Value)
		case "resource":
			call.Resource, err = textOf(m.Value)
		case "resourceAccount":
			if call.ResourceAccount, err = textOf(m.Value); err == nil && call.ResourceAccount == "" {
				err = errors.New("must be an account id of 12 digits, or left out")
			}
		case "identity":
			policies.Identity, err = j.documents(m.Value)
		case "boundary":
			policies.Boundary, err = j.identities.Get(string(m.Value), iam.CompileIdentity)
		case "session":
			policies.Session, err = j.identities.Get(string(m.Value), iam.CompileIdentity)
		case "trust":
			policies.Trust, err = j.trusts.Get(string(m.Value), iam.CompileTrust)
		case "context":
			call.Context, err = contextOf(m.Value)
		default:
			err = errors.New("is an unknown key; accepted are action, boundary, context, identity, principal, resource, resourceAccount, session, trust")
		}
		if err != nil {
			return call, policies, fmt.Errorf("%.80q: %w", m.Name, err)
		}
	}
	return call, policies, nil
}

// documents compiles a list of identity documents.
func (j *judge) documents(list json.RawMessage) ([]*iam.IdentityPolicy, error) {
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

// contextOf returns the values of condition keys. Each key has one value or a list
// of them: strings, numbers and booleans.
func contextOf(object json.RawMessage) (map[string][]string, error) {
	members, err := membersOf(object)
	if err != nil {
		return nil, err
	}
	context := make(map[string][]string, len(members))
	for _, m := range members {
		values := []json.RawMessage{m.Value}
		if m.Value[0] == '[' {
			if values, err = itemsOf(m.Value); err != nil {
				return nil, err
			}
		}
		texts := make([]string, len(values))
		for i, value := range values {
			if texts[i], err = scalarOf(value); err != nil {
				return nil, fmt.Errorf("%.80q: %w", m.Name, err)
			}
		}
		context[m.Name] = texts
	}
	return context, nil
}

// membersOf returns the members of an object. A name that appears twice is an
// error.
func membersOf(object []byte) ([]strictjson.Member, error) {
	members, err := strictjson.Object(object)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return nil, fmt.Errorf("%w: %w", strictjson.ErrNotObject, err)
	}
	for _, m := range members {
		if m.Repeated {
			return nil, fmt.Errorf("%.80q stands twice in an object", m.Name)
		}
	}
	return members, err
}

// itemsOf returns the items of a list.
func itemsOf(list json.RawMessage) (items []json.RawMessage, err error) {
	if list[0] != '[' {
		return nil, errors.New("must be a list")
	}
	err = json.Unmarshal(list, &items)
	return items, err
}

func textOf(value json.RawMessage) (string, error) {
	text, ok := strictjson.Text(value)
	if !ok {
		return "", errors.New("must be a string")
	}
	return text, nil
}

// scalarOf returns a string, a number or a boolean as text.
func scalarOf(value json.RawMessage) (string, error) {
	switch value[0] {
	case '"':
		return textOf(value)
	case '{', '[', 'n':
		return "", errors.New("must be a string, a number, a boolean, or a list of them")
	}
	return string(value), nil
}
