package program

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// export sets the stack's outputs; docs/configuration.md describes each.
func (d *deployment) export() {
	d.ctx.Export("invokeUrl", d.api.InvokeUrl)
	d.ctx.Export("apiId", d.api.ApiId)
	d.ctx.Export("executionArn", d.api.ExecutionArn)
	d.ctx.Export("stageName", pulumi.String(d.api.Stage))
	d.ctx.Export("accessMatrix", pulumi.ToStringMapMap(d.Matrix.Folded()))
	d.exportDomain()
	d.exportPolicies()
	d.exportUsers()
	d.exportRoles()
}

// exportPolicies exports a list for each policy, because a policy may have several
// documents.
func (d *deployment) exportPolicies() {
	arns, documents := pulumi.StringArrayMap{}, pulumi.StringArrayMap{}
	for name, policy := range d.policies {
		var policyArns, policyDocuments pulumi.StringArray
		for _, part := range policy.Parts {
			policyArns = append(policyArns, part.Arn)
			policyDocuments = append(policyDocuments, part.Document)
		}
		arns[name], documents[name] = policyArns, policyDocuments
	}
	d.ctx.Export("policyArns", arns)
	d.ctx.Export("policyDocuments", documents)
}

func (d *deployment) exportUsers() {
	users, secrets := pulumi.Map{}, pulumi.StringMap{}
	for name, user := range d.users {
		entry := pulumi.Map{
			"arn":    user.Arn,
			"groups": pulumi.ToStringArray(d.Users[name].Groups),
		}
		if user.Key != nil {
			entry["accessKeyId"] = user.Key.ID
			secrets[name] = user.Key.Secret
		}
		users[name] = entry
	}
	d.ctx.Export("users", users)
	d.ctx.Export("secretAccessKeys", pulumi.ToSecret(secrets))
}

func (d *deployment) exportRoles() {
	roles := pulumi.Map{}
	for name, role := range d.roles {
		roles[name] = role.Outputs
	}
	d.ctx.Export("roles", roles)
	existing := pulumi.Map{}
	for name, role := range d.existing {
		existing[name] = pulumi.Map{"arn": role.RoleArn}
	}
	d.ctx.Export("existingRoles", existing)
}
