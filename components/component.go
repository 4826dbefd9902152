package components

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Type tokens of the components.
const (
	TypeHttpApi        = "iam-secured-api:components:HttpApi"
	TypeProductService = "iam-secured-api:components:ProductService"
	TypeLambdaFunction = "iam-secured-api:components:LambdaFunction"
	TypeInvokePolicy   = "iam-secured-api:components:InvokePolicy"
	TypeGroup          = "iam-secured-api:components:Group"
	TypeUser           = "iam-secured-api:components:User"
	TypeRole           = "iam-secured-api:components:Role"
	TypeExistingRole   = "iam-secured-api:components:ExistingRole"
	TypeCallerAccess   = "iam-secured-api:components:CallerAccess"
	TypeOidcProviders  = "iam-secured-api:components:OidcProviders"
	TypeWatch          = "iam-secured-api:components:Watch"
	TypeDomain         = "iam-secured-api:components:Domain"
)

// Former type tokens of roles, which earlier stacks still have.
const (
	typeInstanceRole     = "iam-secured-api:components:InstanceRole"
	typeCrossAccountRole = "iam-secured-api:components:CrossAccountRole"
)

// problems collects every problem of a component's arguments, to report them
// together before anything is registered.
type problems struct {
	component string // type and name
	errs      []error
}

func check(kind, name string) *problems {
	return &problems{component: fmt.Sprintf("%s %q", kind, name)}
}

// field reports an error about a value, if there is one.
func (p *problems) field(name string, value any, err error) {
	if err != nil {
		p.errs = append(p.errs, fmt.Errorf("%s: %s: %#v %w", p.component, name, value, err))
	}
}

// each reports errors that contain the value.
func (p *problems) each(name string, errs []error) {
	for _, err := range errs {
		p.errs = append(p.errs, fmt.Errorf("%s: %s: %w", p.component, name, err))
	}
}

// required reports an input that is not set.
func (p *problems) required(name string, set bool) {
	if !set {
		p.errs = append(p.errs, fmt.Errorf("%s: %s: must be set", p.component, name))
	}
}

// set reports the inputs of a list that are not set.
func (p *problems) set(name string, inputs []pulumi.StringInput) {
	for i, input := range inputs {
		p.required(fmt.Sprintf("%s[%d]", name, i), input != nil)
	}
}

func (p *problems) err() error { return errors.Join(p.errs...) }

// valueOf returns a copy of the arguments, or the zero value if they are nil.
func valueOf[A any](args *A) (value A) {
	if args != nil {
		value = *args
	}
	return value
}

// children returns the options of a component's children.
func children(parent pulumi.Resource, more ...pulumi.ResourceOption) []pulumi.ResourceOption {
	return append([]pulumi.ResourceOption{pulumi.Parent(parent)}, more...)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
