package cloud

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// VersionLatest is the unpublished version of a function. The sandbox has no
// other.
const VersionLatest = "$LATEST"

// FunctionSettings are the settings that CreateFunction and
// UpdateFunctionConfiguration take.
type FunctionSettings struct {
	Role        string // ARN of a role of the account that Lambda may assume
	Runtime     string // for example provided.al2023
	Handler     string
	Description string
	MemorySize  int // MB: 128 to 10240, 0 for 128
	Timeout     int // seconds: 1 to 900, 0 for 3
	Environment map[string]string
	Logging     FunctionLogging
}

// FunctionLogging is where and how a function logs.
type FunctionLogging struct {
	Format string // Text (if empty) or JSON
	Group  string // name of a log group, which need not exist; /aws/lambda/NAME if empty
}

// CreateFunctionInput describes a function to create.
type CreateFunctionInput struct {
	FunctionName string
	FunctionSettings
	Architectures []string // one: x86_64 (if empty) or arm64
	ZipFile       []byte   // its code
	Tags          map[string]string
}

// Function is a Lambda function. Its code is not stored, only the facts that
// AWS returns about it.
type Function struct {
	FunctionName string `state:",name"`
	ARN          string `state:"-"`
	FunctionSettings
	Architectures []string
	CodeSha256    string // of the zip file, in base64
	CodeSize      int    // of the zip file, in bytes
	LastModified  time.Time
	Tags          map[string]string
}

type function struct {
	Function
	Qualifiers  []string             `state:"qualifier"`  // the versions and the aliases
	Permissions []FunctionPermission `state:"permission"` // the resource policy, in the order of its statements
}

func (s *FunctionSettings) setDefaults(name string) {
	s.MemorySize = cmp.Or(s.MemorySize, minFunctionMemory)
	s.Timeout = cmp.Or(s.Timeout, defaultFunctionTimeout)
	s.Logging.Format = cmp.Or(s.Logging.Format, "Text")
	s.Logging.Group = cmp.Or(s.Logging.Group, "/aws/lambda/"+name)
}

func (f *function) view(*state) Function { return f.Function }

// functionARN returns the ARN of a function of the region by its name or its
// ARN.
func (r *Region) functionARN(name string) string {
	prefix := fmt.Sprintf("arn:aws:lambda:%s:%s:function:", r.name, r.account.id)
	return prefix + strings.TrimPrefix(name, prefix)
}

// A function may also be named by its ARN.
var functions = &shelf[*region, *function, Function]{
	things: func(r *region) *map[string]*function { return &r.Functions },
	key: func(p place[*region], name string) string {
		name, _, _ = strings.Cut(strings.TrimPrefix(name, p.(*Region).functionARN("")), ":") // without the qualifier
		return name
	},
	missing: func(p place[*region], _ *region, name string) error {
		return errorf(CodeResourceNotFound, "function not found: %s", p.(*Region).functionARN(name))
	},
	taken:   refusal{CodeResourceConflict, "function already exist: %s"},
	tags:    func(f *function) *map[string]string { return &f.Tags },
	tagCode: CodeInvalidParameterValue,
}

// CreateFunction creates a function from a zip file of at most 50 MB.
func (r *Region) CreateFunction(in CreateFunctionInput) (Function, error) {
	in.setDefaults(in.FunctionName)
	if len(in.Architectures) == 0 {
		in.Architectures = []string{"x86_64"}
	}
	return functions.create(r, "CreateFunction", in.FunctionName, func(*region) (string, *function, error) {
		if err := in.check(r); err != nil {
			return "", nil, err
		}
		return in.FunctionName, &function{Function: Function{
			FunctionName: in.FunctionName, ARN: r.functionARN(in.FunctionName), FunctionSettings: in.FunctionSettings,
			Architectures: in.Architectures, LastModified: now(), Tags: in.Tags,
			CodeSha256: codeSha256(in.ZipFile), CodeSize: len(in.ZipFile),
		}}, nil
	})
}

// check applies Lambda's rules.
func (in CreateFunctionInput) check(r *Region) error {
	if !reFunctionName.MatchString(in.FunctionName) {
		return errorf(CodeValidationException,
			"function name %q is invalid: 1 to 64 letters, digits, - and _", in.FunctionName)
	}
	return cmp.Or(
		in.FunctionSettings.check(), checkArchitectures(in.Architectures), regionTags(in.Tags, CodeInvalidParameterValue),
		checkCode("CreateFunction", in.ZipFile), r.checkFunctionRole(in.Role),
	)
}

// GetFunction returns a function.
func (r *Region) GetFunction(name string) (Function, error) { return functions.get(r, name) }

// ListFunctions returns the region's functions, by name.
func (r *Region) ListFunctions() ([]Function, error) { return functions.list(r, nil) }

// UpdateFunctionConfiguration replaces a function's settings.
func (r *Region) UpdateFunctionConfiguration(name string, in FunctionSettings) error {
	return functions.change(r, "UpdateFunctionConfiguration", name, func(_ *region, f *function) error {
		in.setDefaults(f.FunctionName)
		if err := in.check(); err != nil {
			return err
		}
		if in.Role != f.Role { // AWS looks at no more
			if err := r.checkFunctionRole(in.Role); err != nil {
				return err
			}
		}
		f.FunctionSettings, f.LastModified = clone(in), now()
		return nil
	})
}

// UpdateFunctionCode replaces a function's code, and its architectures unless
// the list is empty.
func (r *Region) UpdateFunctionCode(name string, zipFile []byte, architectures []string) error {
	return functions.change(r, "UpdateFunctionCode", name, func(_ *region, f *function) error {
		if len(architectures) == 0 {
			architectures = f.Architectures
		}
		if err := cmp.Or(checkArchitectures(architectures), checkCode("UpdateFunctionCode", zipFile)); err != nil {
			return err
		}
		f.CodeSha256, f.CodeSize = codeSha256(zipFile), len(zipFile)
		f.Architectures, f.LastModified = slices.Clone(architectures), now()
		return nil
	})
}

// DeleteFunction deletes a function and its resource policy, even if an API
// invokes it.
func (r *Region) DeleteFunction(name string) error {
	return functions.remove(r, "DeleteFunction", name, nil)
}
