package program

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components"
	"iam-secured-api/components/access"
	"iam-secured-api/internal/config"
)

// usesBackend reports whether a route uses the API's backend.
func (p *Plan) usesBackend() bool {
	return slices.ContainsFunc(p.Routes.Keys(), func(key string) bool { return p.RouteBackends[key].isZero() })
}

// HasService reports whether the stack has the product service.
func (p *Plan) HasService() bool { return p.Backend.isService() && p.usesBackend() }

// FunctionArns returns the ARNs of the functions made elsewhere that the plan uses, each
// once.
func (p *Plan) FunctionArns() []string {
	var arns []string
	for _, b := range append(slices.Collect(maps.Values(p.RouteBackends)), p.Backend) {
		if b.FunctionArn != "" {
			arns = append(arns, b.FunctionArn)
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(arns)))
}

// routeArchives returns the archives of the routes' functions, by the functions' names.
func (p *Plan) routeArchives() map[string]string {
	archives := map[string]string{}
	for _, b := range p.RouteBackends {
		if b.Archive != "" {
			archives[functionName(b.Archive)] = b.Archive
		}
	}
	return archives
}

// functionName returns the logical name of the function that runs an archive.
func functionName(archive string) string { return strings.TrimSuffix(filepath.Base(archive), ".zip") }

// name returns the name of a route's backend, which does not depend on the route.
func (b Backend) name() string {
	if b.Archive != "" {
		return filepath.Base(b.Archive)
	}
	return b.Url + b.FunctionArn // one of them is set
}

// put sets an entry of a map, which may be nil.
func put[V any](m *map[string]V, key string, value V) {
	if *m == nil {
		*m = map[string]V{}
	}
	(*m)[key] = value
}

// checkRouteArchives reports archives whose files have the same name, and file names that
// functions cannot be named after.
func (p *parser) checkRouteArchives() {
	first := map[string]string{} // the path of the value, by the name of the function
	archives := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(p.plan.RouteBackends)) {
		archive := p.plan.RouteBackends[key].Archive
		if archive == "" {
			continue
		}
		v, name := p.at("routes", key).At("backend").At("archive"), functionName(archive)
		switch other, taken := archives[name]; {
		case taken && other != archive:
			v.Fail("must not have the file name of %s, another archive: functions are named after it", first[name])
		case taken:
		default:
			if err := components.CheckServiceName(name); err != nil {
				v.Fail("has a file name, without .zip, that %v", err)
			}
			first[name], archives[name] = v.Path(), archive
		}
	}
}

// functionArns visits the ARNs of functions made elsewhere.
func (p *parser) functionArns(visit func(v config.Value, arn string)) {
	if arn := p.plan.Backend.FunctionArn; arn != "" {
		visit(p.settings.At("backend").At("functionArn"), arn)
	}
	for _, key := range slices.Sorted(maps.Keys(p.plan.RouteBackends)) {
		if arn := p.plan.RouteBackends[key].FunctionArn; arn != "" {
			visit(p.at("routes", key).At("backend").At("functionArn"), arn)
		}
	}
}

// unusedBackend returns a warning if the configuration has a backend that no route uses.
func (p *Plan) unusedBackend() []string {
	if p.Backend.isZero() || p.usesBackend() {
		return nil
	}
	return []string{"no route uses backend: each has a backend of its own"}
}

// lookUpFunctions checks that functions made elsewhere exist in the stack's account and
// region, and returns them by their ARNs in the configuration.
func (p *Plan) lookUpFunctions(ctx *pulumi.Context) (map[string]components.Function, error) {
	found := map[string]components.Function{}
	var errs []error
	for _, arn := range p.FunctionArns() {
		want, err := access.ParseFunctionArn(arn)
		if err != nil {
			return nil, err // cannot happen: it was checked
		}
		args := &lambda.LookupFunctionArgs{FunctionName: want.Name}
		if want.Qualifier != "" {
			args.Qualifier = &want.Qualifier
		}
		live, err := lambda.LookupFunction(ctx, args)
		switch {
		case err != nil:
			err = fmt.Errorf("must be a function of the stack's account and region: %s", onOneLine(err))
		case p.Account != "" && live.Arn != want.Arn:
			err = fmt.Errorf("must be in the stack's account and region, where the function %q is %q", want.Name, live.Arn)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("functionArn %q: %w", arn, err))
			continue
		}
		function := components.Function{
			Name: pulumi.String(want.Name), InvokeArn: pulumi.String(live.InvokeArn), Qualifier: want.Qualifier,
		}
		if want.Qualifier != "" {
			function.InvokeArn = pulumi.String(live.QualifiedInvokeArn)
		}
		found[arn] = function
	}
	return found, errors.Join(errs...)
}

// createBackends returns the backends of the API, and creates the functions that run
// programs of the configuration.
func (d *deployment) createBackends() (byDefault components.Backend, named map[string]components.Backend, err error) {
	if d.usesBackend() {
		if byDefault, err = d.createBackend(); err != nil {
			return byDefault, nil, err
		}
	}
	created := map[string]components.Function{} // by archive
	err = each(d.routeArchives(), func(name, archive string) error {
		function, err := components.NewLambdaFunction(d.ctx, name, &components.LambdaFunctionArgs{
			Archive:             archive,
			LogRetentionDays:    d.LogRetentionDays,
			PermissionsBoundary: d.boundary,
			Tags:                d.Tags,
		})
		if err == nil {
			created[archive] = function.Function
		}
		return err
	})
	named = map[string]components.Backend{}
	for _, b := range d.RouteBackends {
		if function, is := created[b.Archive]; is {
			named[b.name()] = components.Backend{Function: &function}
		} else {
			named[b.name()] = d.elsewhere(b)
		}
	}
	return byDefault, named, err
}

// elsewhere returns a backend that the stack does not create.
func (d *deployment) elsewhere(b Backend) components.Backend {
	if b.FunctionArn == "" {
		return components.Backend{Url: b.Url, Headers: b.secretHeaders()}
	}
	function := d.functions[b.FunctionArn]
	return components.Backend{Function: &function}
}

// secretHeaders returns the headers as secrets.
func (b Backend) secretHeaders() map[string]pulumi.StringInput {
	headers := map[string]pulumi.StringInput{}
	for name, value := range b.Headers {
		headers[name] = pulumi.ToSecret(pulumi.String(value)).(pulumi.StringOutput)
	}
	return headers
}

// routeBackends returns the names of the routes' backends, by route key.
func (p *Plan) routeBackends() map[string]string {
	names := map[string]string{}
	for key, b := range p.RouteBackends {
		names[key] = b.name()
	}
	return names
}
