package cloud

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"iam-secured-api/components/access"
)

// AuthorizationDetails are all users, groups, roles and policies of an account. As JSON,
// they are what the AWS CLI prints for iam get-account-authorization-details. They
// contain no secrets: access keys and MFA devices are left out.
type AuthorizationDetails struct {
	UserDetailList  []UserDetail
	GroupDetailList []GroupDetail
	RoleDetailList  []RoleDetail
	// Policies are the account's own policies and the AWS managed policies in use.
	Policies []PolicyDetail
}

// UserDetail is a user in [AuthorizationDetails].
type UserDetail struct {
	Path                    string
	UserName                string
	UserId                  string
	Arn                     string
	CreateDate              string
	UserPolicyList          []InlineDetail `json:",omitempty"`
	GroupList               []string       // names
	AttachedManagedPolicies []AttachedDetail
	PermissionsBoundary     *BoundaryDetail `json:",omitempty"`
	Tags                    []TagDetail
}

// GroupDetail is a group in [AuthorizationDetails].
type GroupDetail struct {
	Path                    string
	GroupName               string
	GroupId                 string
	Arn                     string
	CreateDate              string
	GroupPolicyList         []InlineDetail
	AttachedManagedPolicies []AttachedDetail
}

// RoleDetail is a role in [AuthorizationDetails].
type RoleDetail struct {
	RoleSummary
	InstanceProfileList     []InstanceProfileDetail
	RolePolicyList          []InlineDetail
	AttachedManagedPolicies []AttachedDetail
	PermissionsBoundary     *BoundaryDetail `json:",omitempty"`
	Tags                    []TagDetail
	RoleLastUsed            struct{}
}

// RoleSummary describes a role, also in an [InstanceProfileDetail].
type RoleSummary struct {
	Path                     string
	RoleName                 string
	RoleId                   string
	Arn                      string
	CreateDate               string
	AssumeRolePolicyDocument json.RawMessage
}

// InstanceProfileDetail is an instance profile in a [RoleDetail].
type InstanceProfileDetail struct {
	Path                string
	InstanceProfileName string
	InstanceProfileId   string
	Arn                 string
	CreateDate          string
	Roles               []RoleSummary
	Tags                []TagDetail
}

// PolicyDetail is a managed policy in [AuthorizationDetails].
type PolicyDetail struct {
	PolicyName                    string
	PolicyId                      string
	Arn                           string
	Path                          string
	DefaultVersionId              string
	AttachmentCount               int
	PermissionsBoundaryUsageCount int
	IsAttachable                  bool
	Description                   string `json:",omitempty"`
	CreateDate                    string
	UpdateDate                    string
	PolicyVersionList             []VersionDetail
}

// VersionDetail is a version of a [PolicyDetail].
type VersionDetail struct {
	Document         json.RawMessage
	VersionId        string
	IsDefaultVersion bool
	CreateDate       string
}

// InlineDetail is an inline policy in [AuthorizationDetails].
type InlineDetail struct {
	PolicyName     string
	PolicyDocument json.RawMessage
}

// AttachedDetail names a managed policy that is attached.
type AttachedDetail struct {
	PolicyName string
	PolicyArn  string
}

// BoundaryDetail names a permissions boundary.
type BoundaryDetail struct {
	PermissionsBoundaryType string // always Policy
	PermissionsBoundaryArn  string
}

// TagDetail is a tag in [AuthorizationDetails].
type TagDetail struct{ Key, Value string }

// notKnown replaces the document of an AWS managed policy that the sandbox does not know.
// Like the policy in the sandbox, it allows nothing, also as a boundary.
const notKnown = `{"Version":"2012-10-17","Statement":[{"Sid":"NotKnownInTheSandbox","Effect":"Allow","NotAction":"*","Resource":"*"}]}`

// AuthorizationDetails returns the account's principals and policies, as
// GetAccountAuthorizationDetails does. All lists are sorted by name.
func (a *Account) AuthorizationDetails() (AuthorizationDetails, error) {
	// As in the AWS CLI's output, empty lists are not null.
	out := AuthorizationDetails{[]UserDetail{}, []GroupDetail{}, []RoleDetail{}, []PolicyDetail{}}
	err := a.view(func(st *account) error {
		for _, name := range sortedKeys(st.Users) {
			out.UserDetailList = append(out.UserDetailList, st.userDetail(st.Users[name]))
		}
		for _, name := range sortedKeys(st.Groups) {
			g := st.Groups[name]
			out.GroupDetailList = append(out.GroupDetailList, GroupDetail{
				Path: g.Path, GroupName: g.GroupName, GroupId: g.GroupID, Arn: g.ARN, CreateDate: dateOf(g.CreateDate),
				GroupPolicyList: g.inlineDetails(), AttachedManagedPolicies: g.attachedDetails(),
			})
		}
		for _, name := range sortedKeys(st.Roles) {
			out.RoleDetailList = append(out.RoleDetailList, st.roleDetail(st.Roles[name], a.world()))
		}
		for _, arn := range st.policiesInUse() {
			if p := st.policy(arn); p != nil { // nil without a boundary, and for one that only [Cloud.AcceptUnknown] accepts
				out.Policies = append(out.Policies, st.policyDetail(p))
			}
		}
		return nil
	})
	return out, err
}

func (a *account) userDetail(u *user) UserDetail {
	in := []string{}
	for _, name := range sortedKeys(a.Groups) {
		if slices.Contains(u.Groups, a.Groups[name].GroupID) {
			in = append(in, name)
		}
	}
	return UserDetail{
		Path: u.Path, UserName: u.UserName, UserId: u.UserID, Arn: u.ARN, CreateDate: dateOf(u.CreateDate),
		UserPolicyList: u.inlineDetails(), GroupList: in, AttachedManagedPolicies: u.attachedDetails(),
		PermissionsBoundary: boundaryDetail(u.PermissionsBoundary), Tags: tagDetails(u.Tags),
	}
}

func (a *account) roleDetail(r *role, s *state) RoleDetail {
	summary := RoleSummary{
		Path: r.Path, RoleName: r.RoleName, RoleId: r.RoleID, Arn: r.ARN, CreateDate: dateOf(r.CreateDate),
		AssumeRolePolicyDocument: json.RawMessage(r.Trust.render(s)),
	}
	profiles := []InstanceProfileDetail{}
	for _, name := range sortedKeys(a.InstanceProfiles) {
		if p := a.InstanceProfiles[name]; p.RoleName == r.RoleName {
			profiles = append(profiles, InstanceProfileDetail{
				Path: p.Path, InstanceProfileName: p.InstanceProfileName, InstanceProfileId: p.InstanceProfileID, Arn: p.ARN,
				CreateDate: dateOf(p.CreateDate), Roles: []RoleSummary{summary}, Tags: tagDetails(p.Tags),
			})
		}
	}
	return RoleDetail{
		RoleSummary: summary, InstanceProfileList: profiles,
		RolePolicyList: r.inlineDetails(), AttachedManagedPolicies: r.attachedDetails(),
		PermissionsBoundary: boundaryDetail(r.PermissionsBoundary), Tags: tagDetails(r.Tags),
	}
}

// policiesInUse returns the sorted ARNs of the account's policies, and of other policies
// that are attached or a boundary in the account.
func (a *account) policiesInUse() []string {
	arns := sortedKeys(a.Policies)
	for _, u := range a.Users {
		arns = append(append(arns, u.Attached...), u.PermissionsBoundary)
	}
	for _, g := range a.Groups {
		arns = append(arns, g.Attached...)
	}
	for _, r := range a.Roles {
		arns = append(append(arns, r.Attached...), r.PermissionsBoundary)
	}
	slices.Sort(arns)
	return slices.Compact(arns)
}

func (a *account) policyDetail(p *policy) PolicyDetail {
	detail := PolicyDetail{
		PolicyName: p.PolicyName, PolicyId: p.PolicyID, Arn: p.ARN, Path: p.Path, DefaultVersionId: p.DefaultVersionID,
		AttachmentCount: len(a.attachedTo(p.ARN)), PermissionsBoundaryUsageCount: len(a.boundaryOf(p.ARN)), IsAttachable: true,
		Description: p.Description, CreateDate: dateOf(p.CreateDate),
	}
	for _, v := range p.Versions {
		detail.UpdateDate = dateOf(v.CreateDate)
		detail.PolicyVersionList = append(detail.PolicyVersionList, VersionDetail{
			Document: json.RawMessage(cmp.Or(v.Document, notKnown)), VersionId: v.VersionID,
			IsDefaultVersion: v.IsDefaultVersion, CreateDate: dateOf(v.CreateDate),
		})
	}
	return detail
}

func (p *permissions) inlineDetails() []InlineDetail {
	details := []InlineDetail{}
	for _, name := range p.inlineNames() {
		details = append(details, InlineDetail{name, json.RawMessage(p.Inline[name])})
	}
	return details
}

func (p *permissions) attachedDetails() []AttachedDetail {
	details := []AttachedDetail{}
	for _, arn := range p.attached() {
		details = append(details, AttachedDetail{access.ArnName(arn), arn})
	}
	return details
}

func boundaryDetail(arn string) *BoundaryDetail {
	if arn == "" {
		return nil
	}
	return &BoundaryDetail{"Policy", arn}
}

func tagDetails(tags map[string]string) []TagDetail {
	details := []TagDetail{}
	for _, key := range sortedKeys(tags) {
		details = append(details, TagDetail{key, tags[key]})
	}
	return details
}

// dateOf formats a time as the AWS CLI does.
func dateOf(t time.Time) string { return t.Format("2006-01-02T15:04:05-07:00") }
