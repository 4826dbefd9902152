package cloud

import (
	"fmt"
	"slices"
)

// CreatePolicyVersion adds a version to a policy, which may have 5. If
// setAsDefault, the version becomes the default.
func (a *Account) CreatePolicyVersion(arn, document string, setAsDefault bool) (PolicyVersion, error) {
	var out PolicyVersion
	err := policies.change(a, "CreatePolicyVersion", arn, func(_ *account, p *policy) error {
		if err := checkManagedDocument(document); err != nil {
			return err
		}
		if len(p.Versions) >= maxPolicyVersions {
			return errorf(CodeLimitExceeded,
				"a managed policy can have up to %d versions; before you create a new version, you must delete an existing version", maxPolicyVersions)
		}
		p.Last++
		out = PolicyVersion{VersionID: fmt.Sprintf("v%d", p.Last), Document: document, CreateDate: now()}
		p.Versions = append(p.Versions, out)
		if setAsDefault {
			p.setDefault(out.VersionID)
			out.IsDefaultVersion = true
		}
		return nil
	})
	return reply(out, err)
}

func (p *policy) setDefault(id string) {
	for i := range p.Versions {
		p.Versions[i].IsDefaultVersion = p.Versions[i].VersionID == id
	}
	p.DefaultVersionID = id
}

// SetDefaultPolicyVersion makes an existing version the default.
func (a *Account) SetDefaultPolicyVersion(arn, versionID string) error {
	return policies.change(a, "SetDefaultPolicyVersion", arn, func(_ *account, p *policy) error {
		if p.version(versionID) == nil {
			return errorf(CodeNoSuchEntity, "policy %s version %s does not exist", arn, versionID)
		}
		p.setDefault(versionID)
		return nil
	})
}

// DeletePolicyVersion deletes a version that is not the default.
func (a *Account) DeletePolicyVersion(arn, versionID string) error {
	return policies.change(a, "DeletePolicyVersion", arn, func(_ *account, p *policy) error {
		if p.version(versionID) == nil {
			return errorf(CodeNoSuchEntity, "policy %s version %s does not exist", arn, versionID)
		}
		if versionID == p.DefaultVersionID {
			return errorf(CodeDeleteConflict, "cannot delete the default version of a policy")
		}
		p.Versions = slices.DeleteFunc(p.Versions, func(v PolicyVersion) bool { return v.VersionID == versionID })
		return nil
	})
}

// GetPolicyVersion returns one version of a policy.
func (a *Account) GetPolicyVersion(arn, versionID string) (PolicyVersion, error) {
	return queryPolicy(a, arn, func(_ *account, p *policy) (PolicyVersion, error) {
		v := p.version(versionID)
		switch {
		case v == nil:
			return PolicyVersion{}, errorf(CodeNoSuchEntity, "policy %s version %s does not exist", arn, versionID)
		case v.Document == "":
			return PolicyVersion{}, notModelled("the document of " + arn)
		}
		return *v, nil
	})
}

// ListPolicyVersions returns the versions of a policy, oldest first.
func (a *Account) ListPolicyVersions(arn string) ([]PolicyVersion, error) {
	return queryPolicy(a, arn, func(_ *account, p *policy) ([]PolicyVersion, error) { return slices.Clone(p.Versions), nil })
}
