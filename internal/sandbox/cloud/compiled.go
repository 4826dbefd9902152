package cloud

import (
	"sync"

	"iam-secured-api/components/access"
)

// maxCompiled bounds how many documents are kept compiled.
const maxCompiled = 4096

// compiledDocuments keeps what policy documents compile to, by their texts. The
// zero value is ready.
type compiledDocuments struct {
	mu     sync.Mutex
	byText map[string]*access.IdentityPolicy
}

func (c *compiledDocuments) identity(text string) (*access.IdentityPolicy, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.byText[text]; p != nil {
		return p, nil
	}
	p, err := access.CompileIdentity(text)
	if err != nil {
		return nil, err
	}
	if c.byText == nil || len(c.byText) >= maxCompiled {
		c.byText = map[string]*access.IdentityPolicy{}
	}
	c.byText[text] = p
	return p, nil
}
