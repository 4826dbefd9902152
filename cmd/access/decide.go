package main

import (
	"bufio"
	"bytes"
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

// response is the output for a line.
type response struct {
	Decision string `json:"decision,omitempty"`
	Reason   string `json:"reason,omitempty"`
	Error    string `json:"error,omitempty"`
}

// decideAll writes a response to each line of the input. It flushes the output before
// it waits for more input, so that a program can write a line and read the response.
// It returns errors of reading and writing. An invalid line has a response with an
// error.
func decideAll(in io.Reader, out io.Writer) error {
	lines := bufio.NewReaderSize(in, 64<<10)
	buffer := bufio.NewWriterSize(out, 64<<10)
	encoder := json.NewEncoder(buffer)
	encoder.SetEscapeHTML(false)
	judge := &judge{}
	for {
		if next, _ := lines.Peek(lines.Buffered()); !bytes.Contains(next, []byte("\n")) { // reading is going to wait
			if err := buffer.Flush(); err != nil {
				return err
			}
		}
		line, err := readLine(lines, longestLine)
		if err == io.EOF {
			return buffer.Flush()
		}
		if err != nil && !errors.Is(err, errLongLine) {
			return errors.Join(err, buffer.Flush())
		}
		if err := encoder.Encode(judge.respond(line, err)); err != nil {
			return err
		}
	}
}

// errLongLine is the error of a line that is too long.
var errLongLine = errors.New("the line is too long")

// readLine returns the next line without its end. It skips a line that is longer than
// longest, with errLongLine. The error at the end of the input is io.EOF.
func readLine(in *bufio.Reader, longest int) ([]byte, error) {
	var line []byte
	for more := true; more; {
		var part []byte
		var err error
		part, more, err = in.ReadLine()
		if err != nil && (err != io.EOF || line == nil) {
			return nil, err
		}
		if len(line) <= longest {
			line = append(line, part...)
		}
	}
	if len(line) > longest {
		return nil, fmt.Errorf("%w: at most %d bytes are read", errLongLine, longest)
	}
	return line, nil
}

// judge decides about lines. It caches compiled documents.
type judge struct {
	identities cache.Cache[*iam.IdentityPolicy]
	trusts     cache.Cache[*iam.TrustPolicy]
}

// respond decides about a line, unless there was an error reading it.
func (j *judge) respond(line []byte, err error) response {
	var decision iam.Decision
	if err == nil {
		decision, err = j.decide(line)
	}
	if err != nil {
		return response{Error: err.Error()}
	}
	return response{Decision: decision.Effect().String(), Reason: decision.Reason()}
}

func (j *judge) decide(line []byte) (iam.Decision, error) {
	var request iam.RequestInput
	var policies iam.Policies
	err := eachMember(line, func(name string, value json.RawMessage) (err error) {
		switch name {
		case "principal":
			request.Principal, err = textOf(value)
		case "action":
			request.Action, err = textOf(value)
		case "resource":
			request.Resource, err = textOf(value)
		case "resourceAccount":
			if request.ResourceAccount, err = textOf(value); err == nil && request.ResourceAccount == "" {
				err = errors.New("must be an account id of 12 digits, or left out")
			}
		case "identity":
			policies.Identity, err = j.documents(value)
		case "boundary":
			policies.Boundary, err = j.identities.Get(string(value), iam.CompileIdentity)
		case "session":
			policies.Session, err = j.identities.Get(string(value), iam.CompileIdentity)
		case "trust":
			policies.Trust, err = j.trusts.Get(string(value), iam.CompileTrust)
		case "context":
			request.Context, err = contextOf(value)
		default:
			err = errors.New("is an unknown key; accepted are action, boundary, context, identity, principal, resource, resourceAccount, session, trust")
		}
		return err
	})
	if err != nil {
		return iam.Decision{}, err
	}
	compiled, err := iam.NewRequest(request)
	if err != nil {
		return iam.Decision{}, err
	}
	return policies.Decide(compiled)
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
	context := map[string][]string{}
	return context, eachMember(object, func(name string, value json.RawMessage) (err error) {
		values := []json.RawMessage{value}
		if value[0] == '[' {
			if values, err = itemsOf(value); err != nil {
				return err
			}
		}
		texts := make([]string, len(values))
		for i, value := range values {
			if texts[i], err = scalarOf(value); err != nil {
				return err
			}
		}
		context[name] = texts
		return nil
	})
}

// eachMember calls a function for each member of an object. A name that appears twice
// is an error, and errors of the function name the member.
func eachMember(object []byte, each func(name string, value json.RawMessage) error) error {
	members, err := strictjson.Object(object)
	if errors.As(err, new(*json.SyntaxError)) {
		return fmt.Errorf("%w: %w", strictjson.ErrNotObject, err)
	}
	if err != nil {
		return err
	}
	for _, m := range members {
		if m.Repeated {
			return fmt.Errorf("%.80q appears twice in an object", m.Name)
		}
		if err := each(m.Name, m.Value); err != nil {
			return fmt.Errorf("%.80q: %w", m.Name, err)
		}
	}
	return nil
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
