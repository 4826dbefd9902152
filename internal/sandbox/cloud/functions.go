package cloud

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// VersionLatest is the version of a function that is not published: the only
// one here.
const VersionLatest = "$LATEST"

// FunctionSettings are what a caller of CreateFunction and
// UpdateFunctionConfiguration decides on.
type FunctionSettings struct {
	Role        string // ARN of a role of the account, which Lambda may assume
	Runtime     string // such as provided.al2023
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

// Function is a Lambda function. Its code is not kept, only what AWS tells of
// it.
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
	Permissions []FunctionPermission `state:"permission"` // the resource policy, in the order of its statements
}

func (s *FunctionSettings) setDefaults(name string) {
	if s.MemorySize == 0 {
		s.MemorySize = minFunctionMemory
	}
	if s.Timeout == 0 {
		s.Timeout = 3
	}
	if s.Logging.Format == "" {
		s.Logging.Format = "Text"
	}
	if s.Logging.Group == "" {
		s.Logging.Group = "/aws/lambda/" + name
	}
}

func (f *function) view() Function {
	out := f.Function
	out.Environment, out.Architectures = maps.Clone(f.Environment), slices.Clone(f.Architectures)
	out.Tags = cloneTags(f.Tags)
	return out
}

// functionARN returns the ARN of the function with the name, or with the ARN, of
// the region.
func (r *Region) functionARN(name string) string {
	prefix := fmt.Sprintf("arn:aws:lambda:%s:%s:function:", r.name, r.account.id)
	return prefix + strings.TrimPrefix(name, prefix)
}

func (r *Region) function(st *region, name string) (*function, error) {
	arn := r.functionARN(name)
	if f := st.Functions[arn[strings.LastIndex(arn, ":")+1:]]; f != nil && f.ARN == arn {
		return f, nil
	}
	return nil, errorf(CodeResourceNotFound, "function not found: %s", arn)
}

// CreateFunction creates a function from a zip file of at most 50 MB.
func (r *Region) CreateFunction(in CreateFunctionInput) (Function, error) {
	in.setDefaults(in.FunctionName)
	if len(in.Architectures) == 0 {
		in.Architectures = []string{"x86_64"}
	}
	var out Function
	err := r.mutate("CreateFunction", in.FunctionName, func(st *region) error {
		if !reFunctionName.MatchString(in.FunctionName) {
			return errorf(CodeValidationException, "function name %q is invalid: 1 to 64 letters, digits, - and _", in.FunctionName)
		}
		if err := in.check(); err != nil {
			return err
		}
		if err := checkArchitectures(in.Architectures); err != nil {
			return err
		}
		if err := regionTags(in.Tags, CodeInvalidParameterValue); err != nil {
			return err
		}
		if err := checkCode("CreateFunction", in.ZipFile); err != nil {
			return err
		}
		if err := r.checkFunctionRole(in.Role); err != nil {
			return err
		}
		if st.Functions[in.FunctionName] != nil {
			return errorf(CodeResourceConflict, "function already exist: %s", in.FunctionName)
		}
		in.Environment = maps.Clone(in.Environment)
		f := &function{Function: Function{
			FunctionName: in.FunctionName, ARN: r.functionARN(in.FunctionName), FunctionSettings: in.FunctionSettings,
			Architectures: slices.Clone(in.Architectures), LastModified: now(), Tags: cloneTags(in.Tags),
		}}
		f.CodeSha256, f.CodeSize = codeSha256(in.ZipFile), len(in.ZipFile)
		st.Functions[in.FunctionName] = f
		out = f.view()
		return nil
	})
	return reply(out, err)
}

// GetFunction returns a function.
func (r *Region) GetFunction(name string) (Function, error) {
	var out Function
	err := r.view(func(st *region) error {
		f, err := r.function(st, name)
		if err != nil {
			return err
		}
		out = f.view()
		return nil
	})
	return reply(out, err)
}

// ListFunctions returns the region's functions, by name.
func (r *Region) ListFunctions() ([]Function, error) {
	var out []Function
	err := r.view(func(st *region) error {
		for _, n := range sortedKeys(st.Functions) {
			out = append(out, st.Functions[n].view())
		}
		return nil
	})
	return reply(out, err)
}

func (r *Region) onFunction(action, name string, f func(*function) error) error {
	return r.mutate(action, name, func(st *region) error {
		x, err := r.function(st, name)
		if err != nil {
			return err
		}
		return f(x)
	})
}

// UpdateFunctionConfiguration replaces a function's settings.
func (r *Region) UpdateFunctionConfiguration(name string, in FunctionSettings) error {
	return r.onFunction("UpdateFunctionConfiguration", name, func(f *function) error {
		in.setDefaults(f.FunctionName)
		if err := in.check(); err != nil {
			return err
		}
		if in.Role != f.Role { // AWS looks at no more
			if err := r.checkFunctionRole(in.Role); err != nil {
				return err
			}
		}
		in.Environment = maps.Clone(in.Environment)
		f.FunctionSettings, f.LastModified = in, now()
		return nil
	})
}

// UpdateFunctionCode replaces a function's code, and what it runs on unless
// architectures is empty.
func (r *Region) UpdateFunctionCode(name string, zipFile []byte, architectures []string) error {
	return r.onFunction("UpdateFunctionCode", name, func(f *function) error {
		if len(architectures) == 0 {
			architectures = f.Architectures
		}
		if err := checkArchitectures(architectures); err != nil {
			return err
		}
		if err := checkCode("UpdateFunctionCode", zipFile); err != nil {
			return err
		}
		f.CodeSha256, f.CodeSize = codeSha256(zipFile), len(zipFile)
		f.Architectures, f.LastModified = slices.Clone(architectures), now()
		return nil
	})
}

// DeleteFunction deletes a function with its resource policy, even one that an
// API calls.
func (r *Region) DeleteFunction(name string) error {
	return r.mutate("DeleteFunction", name, func(st *region) error {
		f, err := r.function(st, name)
		if err != nil {
			return err
		}
		delete(st.Functions, f.FunctionName)
		return nil
	})
}

// TagFunction adds tags to a function, or changes them: TagResource of Lambda.
func (r *Region) TagFunction(name string, tags map[string]string) error {
	return r.retagFunction("TagResource", name, tags, nil)
}

// UntagFunction removes tags from a function: UntagResource of Lambda.
func (r *Region) UntagFunction(name string, keys []string) error {
	return r.retagFunction("UntagResource", name, nil, keys)
}

func (r *Region) retagFunction(action, name string, add map[string]string, remove []string) error {
	return r.onFunction(action, name, func(f *function) error {
		tags := mergeTags(f.Tags, add, remove)
		if err := regionTags(tags, CodeInvalidParameterValue); err != nil {
			return err
		}
		f.Tags = tags
		return nil
	})
}
