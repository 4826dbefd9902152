package provider

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"iam-secured-api/internal/sandbox/cloud"
)

// functions are the functions of pulumi-aws that the sandbox models, with the same
// results.
var functions = map[string]func(c *client, args values) (values, error){
	"aws:iam/getRole:getRole":                       getRole,
	"aws:index/getCallerIdentity:getCallerIdentity": getCallerIdentity,
	"aws:lambda/getFunction:getFunction":            getFunction,
	"aws:index/getRegion:getRegion":                 getRegion,
	"aws:iam/getInstanceProfile:getInstanceProfile": getInstanceProfile,
	"aws:ssm/getParameter:getParameter":             getParameter,
}

// Invoke calls a function. It rejects functions that are not modelled.
func (p *provider) Invoke(ctx context.Context, req *pulumirpc.InvokeRequest) (*pulumirpc.InvokeResponse, error) {
	call := functions[req.GetTok()]
	if call == nil {
		return nil, status.Errorf(codes.Unimplemented, "the sandbox does not model function %s", req.GetTok())
	}
	c, err := p.client(ctx)
	if err != nil {
		return nil, err
	}
	args, err := decode(req.GetArgs())
	if err != nil {
		return nil, err
	}
	result, err := call(c, args)
	if err != nil {
		return nil, failure("invoking "+req.GetTok(), err)
	}
	out, err := encode(result, nil)
	return &pulumirpc.InvokeResponse{Return: out}, err
}

// onlyArguments rejects all arguments except the named ones.
func (v values) onlyArguments(names ...string) error {
	for _, k := range v.keys() {
		if !slices.Contains(names, k) && !isZero(v[k]) {
			return fmt.Errorf("the sandbox does not model argument %q", k)
		}
	}
	return nil
}

func getRole(c *client, args values) (values, error) {
	name := args.str(propName)
	if err := args.onlyArguments(propName); err != nil {
		return nil, err
	}
	if name == "" {
		return nil, fmt.Errorf("missing required argument %q", propName)
	}
	r, err := c.account.ExistingRole(name)
	if err != nil {
		return nil, fmt.Errorf("reading IAM Role (%s): %w", name, err)
	}
	text := func(s string) resource.PropertyValue { return resource.NewProperty(s) }
	return values{
		"arn": text(r.ARN), propTrust: text(r.AssumeRolePolicyDocument), "createDate": text(timestamp(r.CreateDate)),
		"description": text(r.Description), "id": text(name), propMaxSession: resource.NewProperty(float64(r.MaxSessionDuration)),
		propName: text(r.RoleName), propPath: text(r.Path), propBoundary: text(r.PermissionsBoundary),
		"roleLastUseds": resource.NewProperty([]resource.PropertyValue{}), propTags: mapValue(r.Tags), "uniqueId": text(r.RoleID),
	}, nil
}

func getCallerIdentity(c *client, args values) (values, error) {
	if err := args.onlyArguments("id"); err != nil {
		return nil, err
	}
	who := c.identity
	return textValues("accountId", who.Account, "arn", who.ARN, "id", who.Account, "userId", who.UserID), nil
}

// getFunction returns a function, or a version or an alias of it. The results have the
// fields that pulumi-aws always returns and programs here read.
func getFunction(c *client, args values) (values, error) {
	const propFunctionName = "functionName"
	name, qualifier := args.str(propFunctionName), args.str(propQualifier)
	if err := args.onlyArguments(propFunctionName, propQualifier); err != nil {
		return nil, err
	}
	if name == "" {
		return nil, fmt.Errorf("missing required argument %q", propFunctionName)
	}
	f, err := c.region.GetFunction(name)
	if err == nil && qualifier != "" {
		err = c.region.HasQualifier(name, qualifier)
	}
	if err != nil {
		return nil, fmt.Errorf("reading Lambda Function (%s): %w", qualifiedName(name, qualifier), err)
	}
	version := cmp.Or(qualifier, cloud.VersionLatest)
	qualified := qualifiedName(f.ARN, version)
	out := textValues(
		"arn", f.ARN, "codeSha256", f.CodeSha256, "description", f.Description, propFunctionName, f.FunctionName, "handler", f.Handler,
		"id", f.FunctionName, "invokeArn", cloud.InvokeARN(f.ARN), "qualifiedArn", qualified,
		"qualifiedInvokeArn", cloud.InvokeARN(qualified), propRole, f.Role, "runtime", f.Runtime, "version", version,
	)
	out["memorySize"], out["timeout"] = resource.NewProperty(float64(f.MemorySize)), resource.NewProperty(float64(f.Timeout))
	out[propArchitectures], out[propTags] = listValue(f.Architectures), mapValue(f.Tags)
	if qualifier != "" {
		out.setString(propQualifier, qualifier)
	}
	return out, nil
}

// getRegion returns the provider's region. The description is not modelled.
func getRegion(c *client, args values) (values, error) {
	if err := args.onlyArguments("id"); err != nil {
		return nil, err
	}
	name := c.region.Name()
	return textValues("endpoint", "ec2."+name+".amazonaws.com", "id", name, propName, name), nil
}

func getInstanceProfile(c *client, args values) (values, error) {
	name := args.str(propName)
	p, err := c.account.GetInstanceProfile(name)
	var r cloud.Role
	if err == nil && p.RoleName != "" {
		r, err = c.account.GetRole(p.RoleName)
	}
	if err != nil {
		return nil, fmt.Errorf("reading IAM Instance Profile (%s): %w", name, err)
	}
	return textValues("arn", p.ARN, "createDate", timestamp(p.CreateDate), "id", p.InstanceProfileID, propName, name, propPath, p.Path,
		"roleArn", r.ARN, "roleId", r.RoleID, "roleName", r.RoleName), nil
}

func getParameter(c *client, args values) (values, error) {
	name := args.str(propName)
	value, err := c.region.PublicParameter(name)
	if err != nil {
		return nil, fmt.Errorf("reading SSM Parameter (%s): %w", name, err)
	}
	return textValues("arn", "arn:aws:ssm:::parameter"+name, "id", name, "insecureValue", value, propName, name,
		"type", "String", "value", value), nil
}
