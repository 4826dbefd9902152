package iam

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// maxDepth is more than a policy document ever nests.
const maxDepth = 16

// node is one value of a JSON text: a string, a json.Number, a bool, a list
// ([]node), or an object ([]member, in the order of the text). null is refused.
type node struct{ value any }

// member is one name of an object and its value.
type member struct {
	name  string
	value node
}

// parseTree reads a JSON text as it stands. What encoding/json lets pass when it
// fills a struct or a map is an error: a name that stands twice in an object,
// null, text after the value.
func parseTree(text string) (node, error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	root, err := parseNode(decoder, 0)
	if err != nil {
		return node{}, fmt.Errorf("must be one JSON object: %w", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return node{}, fmt.Errorf("must be one JSON object, with nothing after it")
	}
	return root, nil
}

func parseNode(decoder *json.Decoder, depth int) (node, error) {
	token, err := decoder.Token()
	if err == io.EOF {
		return node{}, io.ErrUnexpectedEOF
	}
	if err != nil {
		return node{}, err
	}
	if depth > maxDepth {
		return node{}, fmt.Errorf("it nests deeper than %d", maxDepth)
	}
	switch token := token.(type) {
	case json.Delim:
		if token == '[' {
			return parseList(decoder, depth)
		}
		return parseObject(decoder, depth)
	case nil:
		return node{}, fmt.Errorf("it holds null, which no element takes")
	}
	return node{token}, nil
}

func parseList(decoder *json.Decoder, depth int) (node, error) {
	list := []node{}
	for decoder.More() {
		item, err := parseNode(decoder, depth+1)
		if err != nil {
			return node{}, err
		}
		list = append(list, item)
	}
	_, err := decoder.Token() // the closing bracket
	return node{list}, err
}

func parseObject(decoder *json.Decoder, depth int) (node, error) {
	members := []member{}
	seen := map[string]bool{}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return node{}, err
		}
		name := token.(string) // json.Decoder takes nothing else for a name
		if seen[name] {
			return node{}, fmt.Errorf("%q stands twice in an object", name)
		}
		seen[name] = true
		value, err := parseNode(decoder, depth+1)
		if err != nil {
			return node{}, err
		}
		members = append(members, member{name, value})
	}
	_, err := decoder.Token() // the closing brace
	return node{members}, err
}

// at says at which name of an object an error is.
func at(name string, err error) error {
	quoted := strconv.Quote(name)
	return fmt.Errorf("%s: %w", quoted[1:len(quoted)-1], err)
}

// object gives the members of an object.
func (n node) object() ([]member, error) {
	members, ok := n.value.([]member)
	if !ok {
		return nil, fmt.Errorf("must be an object")
	}
	return members, nil
}

// text gives a string.
func (n node) text() (string, error) {
	text, ok := n.value.(string)
	if !ok {
		return "", fmt.Errorf("must be a string")
	}
	return text, nil
}

// items gives the values of a list, or the one value that stands for a list of
// one. A list without values is refused: IAM's grammar has none.
func (n node) items() ([]node, error) {
	list, ok := n.value.([]node)
	if !ok {
		return []node{n}, nil
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("must not be an empty list")
	}
	return list, nil
}

// texts gives a string or a list of strings.
func (n node) texts() ([]string, error) {
	list, err := n.items()
	if err != nil {
		return nil, err
	}
	texts := make([]string, len(list))
	for i, item := range list {
		if texts[i], err = item.text(); err != nil {
			return nil, fmt.Errorf("must be a string or a list of strings")
		}
	}
	return texts, nil
}

// scalars gives what a condition compares with: strings, numbers and booleans,
// one or a list of them, as text.
func (n node) scalars() ([]string, error) {
	list, err := n.items()
	if err != nil {
		return nil, err
	}
	texts := make([]string, len(list))
	for i, item := range list {
		switch value := item.value.(type) {
		case string:
			texts[i] = value
		case json.Number:
			texts[i] = value.String()
		case bool:
			texts[i] = fmt.Sprint(value)
		default:
			return nil, fmt.Errorf("must be a string, a number, a boolean, or a list of them")
		}
	}
	return texts, nil
}
