package cloud

import (
	"fmt"
	"time"
)

const maxProfiles = 1000

// InstanceProfile carries a role to EC2 instances.
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

func (p *instanceProfile) view() InstanceProfile {
	out := p.InstanceProfile
	out.Tags = cloneTags(p.Tags)
	return out
}

func (a *account) profile(name string) (*instanceProfile, error) {
	if p := a.InstanceProfiles[name]; p != nil {
		return p, nil
	}
	return nil, errorf(CodeNoSuchEntity, "instance profile %s cannot be found", name)
}

// CreateInstanceProfile creates an instance profile without a role. Path is /
// if empty.
func (a *Account) CreateInstanceProfile(name, path string, tags map[string]string) (InstanceProfile, error) {
	path = defaultPath(path)
	var out InstanceProfile
	err := a.mutate("CreateInstanceProfile", name, func(st *account) error {
		if err := checkName("instanceProfileName", name, maxLongName); err != nil {
			return err
		}
		if err := checkPath(path); err != nil {
			return err
		}
		if err := checkTags(tags); err != nil {
			return err
		}
		if hasFold(st.InstanceProfiles, name, "") {
			return errorf(CodeEntityAlreadyExists, "instance profile %s already exists", name)
		}
		if len(st.InstanceProfiles) >= maxProfiles {
			return errorf(CodeLimitExceeded, "cannot exceed quota for InstanceProfilesPerAccount: %d", maxProfiles)
		}
		p := &instanceProfile{InstanceProfile{
			InstanceProfileName: name, InstanceProfileID: uniqueID(prefixProfile), Path: path,
			ARN:        fmt.Sprintf("arn:aws:iam::%s:instance-profile%s%s", a.id, path, name),
			CreateDate: now(), Tags: cloneTags(tags),
		}}
		st.InstanceProfiles[name] = p
		out = p.view()
		return nil
	})
	return reply(out, err)
}

// GetInstanceProfile returns an instance profile.
func (a *Account) GetInstanceProfile(name string) (InstanceProfile, error) {
	var out InstanceProfile
	err := a.view(func(st *account) error {
		p, err := st.profile(name)
		if err != nil {
			return err
		}
		out = p.view()
		return nil
	})
	return reply(out, err)
}

// ListInstanceProfiles returns the account's instance profiles, by name.
func (a *Account) ListInstanceProfiles() ([]InstanceProfile, error) {
	var out []InstanceProfile
	err := a.view(func(st *account) error {
		for _, n := range sortedKeys(st.InstanceProfiles) {
			out = append(out, st.InstanceProfiles[n].view())
		}
		return nil
	})
	return reply(out, err)
}

// ListInstanceProfilesForRole returns the profiles that hold a role, by name.
func (a *Account) ListInstanceProfilesForRole(roleName string) ([]InstanceProfile, error) {
	var out []InstanceProfile
	err := a.view(func(st *account) error {
		if _, err := st.role(roleName); err != nil {
			return err
		}
		for _, n := range sortedKeys(st.InstanceProfiles) {
			if p := st.InstanceProfiles[n]; p.RoleName == roleName {
				out = append(out, p.view())
			}
		}
		return nil
	})
	return reply(out, err)
}

func (a *Account) onProfile(action, name string, f func(*account, *instanceProfile) error) error {
	return a.mutate(action, name, func(st *account) error {
		p, err := st.profile(name)
		if err != nil {
			return err
		}
		return f(st, p)
	})
}

// AddRoleToInstanceProfile puts a role into a profile, which holds at most 1.
func (a *Account) AddRoleToInstanceProfile(name, roleName string) error {
	return a.onProfile("AddRoleToInstanceProfile", name, func(st *account, p *instanceProfile) error {
		if _, err := st.role(roleName); err != nil {
			return err
		}
		if p.RoleName != "" {
			return errorf(CodeLimitExceeded, "cannot exceed quota for InstanceSessionsPerInstanceProfile: 1")
		}
		p.RoleName = roleName
		return nil
	})
}

// RemoveRoleFromInstanceProfile takes the role out of a profile.
func (a *Account) RemoveRoleFromInstanceProfile(name, roleName string) error {
	return a.onProfile("RemoveRoleFromInstanceProfile", name, func(_ *account, p *instanceProfile) error {
		if p.RoleName != roleName {
			return errorf(CodeNoSuchEntity, "role %s is not in instance profile %s", roleName, name)
		}
		p.RoleName = ""
		return nil
	})
}

// DeleteInstanceProfile deletes a profile that holds no role.
func (a *Account) DeleteInstanceProfile(name string) error {
	return a.onProfile("DeleteInstanceProfile", name, func(st *account, p *instanceProfile) error {
		if p.RoleName != "" {
			return errorf(CodeDeleteConflict, "cannot delete entity, must remove role %s from instance profile %s first", p.RoleName, name)
		}
		delete(st.InstanceProfiles, name)
		return nil
	})
}

// TagInstanceProfile adds tags to a profile, or changes them.
func (a *Account) TagInstanceProfile(name string, tags map[string]string) error {
	return a.retagProfile("TagInstanceProfile", name, tags, nil)
}

// UntagInstanceProfile removes tags from a profile.
func (a *Account) UntagInstanceProfile(name string, keys []string) error {
	return a.retagProfile("UntagInstanceProfile", name, nil, keys)
}

func (a *Account) retagProfile(action, name string, add map[string]string, remove []string) error {
	return a.onProfile(action, name, func(_ *account, p *instanceProfile) error {
		tags := mergeTags(p.Tags, add, remove)
		if err := checkTags(tags); err != nil {
			return err
		}
		p.Tags = tags
		return nil
	})
}
