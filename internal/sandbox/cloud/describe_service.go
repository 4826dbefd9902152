package cloud

import "strings"

func (d *description) function(scope string, f *function) *node {
	d.name(f.FunctionName, scope+"/function")
	n := &node{line: "function " + f.FunctionName}
	n.fact("role", f.Role)
	n.fact("runtime", f.Runtime)
	n.fact("handler", f.Handler)
	n.text("description", f.Description)
	n.fact("memory MB", f.MemorySize)
	n.fact("timeout seconds", f.Timeout)
	n.fact("architecture", strings.Join(f.Architectures, ", "))
	n.fact("code sha256", f.CodeSha256)
	n.fact("log format", f.Logging.Format)
	n.fact("log group", f.Logging.Group)
	n.keyed("variable", f.Environment)
	n.keyed("tag", f.Tags)
	for _, p := range f.Permissions {
		d.name(p.StatementID, f.ARN)
		x := &node{line: "permission " + p.StatementID}
		x.fact("action", p.Action)
		x.fact("principal", p.Principal)
		x.fact("source", p.SourceARN)
		n.add(x)
	}
	return n
}

func (d *description) table(scope string, t *table) *node {
	d.name(t.TableName, scope+"/table")
	n := &node{line: "table " + t.TableName}
	n.fact("billing mode", t.BillingMode)
	n.fact("hash key", t.HashKey)
	n.fact("range key", t.RangeKey)
	n.keyed("attribute", t.Attributes)
	n.fact("deletion protection", t.DeletionProtectionEnabled)
	n.fact("point-in-time recovery", t.PointInTimeRecovery)
	n.keyed("tag", t.Tags)
	return n
}
