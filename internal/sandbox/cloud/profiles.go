package cloud

import (
	"cmp"
	"fmt"
	"time"

	"iam-secured-api/components/access"
)

// InstanceProfile provides EC2 instances with a role.
type InstanceProfile struct {
	InstanceProfileName string `state:",name"`
	InstanceProfileID   string `state:"-"`
	ARN                 string `state:"-"`
	Path                string
	RoleName            string // empty for none
	CreateDate          time.Time
	Tags                map[string]string
}

type instanceProfile struct{ InstanceProfile }

func (p *instanceProfile) view(*state) InstanceProfile { return p.InstanceProfile }

var instanceProfiles = named("InstanceProfile", "instance profile", access.MaxAccountRoles,
	func(a *account) *map[string]*instanceProfile { return &a.InstanceProfiles },
	func(p *instanceProfile) *map[string]string { return &p.Tags })

// CreateInstanceProfile creates an instance profile without a role. Path is /
// if empty.
func (a *Account) CreateInstanceProfile(name, path string, tags map[string]string) (InstanceProfile, error) {
	path = defaultPath(path)
	return instanceProfiles.create(a, "CreateInstanceProfile", name, func(*account) (string, *instanceProfile, error) {
		err := cmp.Or(checkName("instanceProfileName", name, maxLongName), checkPath(path), checkTags(tags))
		if err != nil {
			return "", nil, err
		}
		return name, &instanceProfile{InstanceProfile{
			InstanceProfileName: name, InstanceProfileID: uniqueID(prefixProfile), Path: path,
			ARN:        fmt.Sprintf("arn:aws:iam::%s:instance-profile%s%s", a.id, path, name),
			CreateDate: now(), Tags: tags,
		}}, nil
	})
}

// GetInstanceProfile returns an instance profile.
func (a *Account) GetInstanceProfile(name string) (InstanceProfile, error) {
	return instanceProfiles.get(a, name)
}

// ListInstanceProfiles returns the account's instance profiles, by name.
func (a *Account) ListInstanceProfiles() ([]InstanceProfile, error) {
	return instanceProfiles.list(a, nil)
}

// ListInstanceProfilesForRole returns the profiles that contain a role, by
// name.
func (a *Account) ListInstanceProfilesForRole(roleName string) ([]InstanceProfile, error) {
	if _, err := roles.get(a, roleName); err != nil {
		return nil, err
	}
	return instanceProfiles.list(a, func(p *instanceProfile) bool { return p.RoleName == roleName })
}

// AddRoleToInstanceProfile adds a role to a profile, which may contain 1.
func (a *Account) AddRoleToInstanceProfile(name, roleName string) error {
	return instanceProfiles.change(a, "AddRoleToInstanceProfile", name, func(st *account, p *instanceProfile) error {
		r, err := roles.find(a, st, roleName)
		if err != nil {
			return err
		}
		if err := r.modifiable(); err != nil {
			return err
		}
		if p.RoleName != "" {
			return quota{1, CodeLimitExceeded, "InstanceSessionsPerInstanceProfile"}.exceeded()
		}
		p.RoleName = roleName
		return nil
	})
}

// RemoveRoleFromInstanceProfile removes the role from a profile.
func (a *Account) RemoveRoleFromInstanceProfile(name, roleName string) error {
	return instanceProfiles.change(a, "RemoveRoleFromInstanceProfile", name, func(_ *account, p *instanceProfile) error {
		if p.RoleName != roleName {
			return errorf(CodeNoSuchEntity, "role %s is not in instance profile %s", roleName, name)
		}
		p.RoleName = ""
		return nil
	})
}

// DeleteInstanceProfile deletes a profile that contains no role.
func (a *Account) DeleteInstanceProfile(name string) error {
	return instanceProfiles.remove(a, "DeleteInstanceProfile", name, func(_ *account, p *instanceProfile) error {
		if p.RoleName != "" {
			return errorf(CodeDeleteConflict,
				"cannot delete entity, must remove role %s from instance profile %s first", p.RoleName, name)
		}
		return nil
	})
}
