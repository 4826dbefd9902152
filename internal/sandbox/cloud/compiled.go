package cloud

import (
	"sync"

	"iam-secured-api/components/access/iam"
)

// maxCompiled is how many compiled documents are cached.
const maxCompiled = 4096

// compiledDocuments caches compiled policies, keyed by document text or by
// function permission. Compiling is slower than evaluating. The zero value is
// ready to use.
type compiledDocuments struct {
	mu           sync.Mutex
	byText       map[string]*iam.IdentityPolicy
	byPermission map[functionStatement]*iam.IdentityPolicy
}

type functionStatement struct {
	functionARN string
	permission  FunctionPermission
}

func (c *compiledDocuments) identity(text string) (*iam.IdentityPolicy, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.byText[text]; p != nil {
		return p, nil
	}
	p, err := iam.CompileIdentity(text)
	if err != nil {
		return nil, err
	}
	if c.byText == nil || len(c.byText) >= maxCompiled {
		c.byText = map[string]*iam.IdentityPolicy{}
	}
	c.byText[text] = p
	return p, nil
}

// permission compiles a statement of a function's policy without its principal.
func (c *compiledDocuments) permission(functionARN string, permission FunctionPermission) (*iam.IdentityPolicy, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := functionStatement{functionARN, permission}
	if p := c.byPermission[key]; p != nil {
		return p, nil
	}
	p, err := iam.CompileIdentity(permission.identityDocument(functionARN))
	if err != nil {
		return nil, err
	}
	if c.byPermission == nil || len(c.byPermission) >= maxCompiled {
		c.byPermission = map[functionStatement]*iam.IdentityPolicy{}
	}
	c.byPermission[key] = p
	return p, nil
}
