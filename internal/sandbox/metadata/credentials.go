package metadata

import (
	"net/http"
	"sync"
	"time"

	"iam-secured-api/internal/sandbox/cloud"
)

const (
	credentialsLast = 6 * time.Hour
	// renewBefore is how long before their end credentials are replaced.
	renewBefore = time.Hour
)

// credentials are those of an instance, shared by all its processes.
type credentials struct {
	account  *cloud.Account
	profile  func() string // its name
	instance string        // its id
	renewed  renewed
}

// renewed caches credentials and replaces them before they expire.
type renewed struct {
	mu   sync.Mutex
	last cloud.Session
	of   string // the role of the cached credentials
}

// get returns the cached credentials if they are for the same role and valid for long
// enough. Otherwise, it returns new ones.
func (c *renewed) get(of string, at time.Time, start func() (cloud.Session, error)) (cloud.Session, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of == of && c.last.Expiration.Sub(at) >= renewBefore {
		return c.last, nil
	}
	s, err := start()
	if err != nil {
		return cloud.Session{}, err
	}
	c.last, c.of = s, of
	return s, nil
}

// role is the instance profile and its role as they are now.
type role struct {
	profile cloud.InstanceProfile
	cloud.Role
}

// role returns the instance's role. The error says that it does not exist.
func (c *credentials) role() (role, error) {
	p, err := c.account.GetInstanceProfile(c.profile())
	if err != nil {
		return role{}, err
	}
	r, err := c.account.GetRole(p.RoleName)
	return role{p, r}, err
}

func (c *credentials) get(r role, at time.Time) (cloud.Session, error) {
	return c.renewed.get(r.RoleID+" "+r.profile.InstanceProfileID, at, func() (cloud.Session, error) {
		return c.account.InstanceCredentials(r.profile.InstanceProfileName, c.instance, int(credentialsLast/time.Second), at)
	})
}

func (h *handler) getRoleName(w http.ResponseWriter) {
	r, err := h.credentials.role()
	if err != nil {
		refuse(w, http.StatusNotFound)
		return
	}
	writeText(w, r.RoleName)
}

func (h *handler) getInfo(w http.ResponseWriter) {
	r, err := h.credentials.role()
	if err != nil {
		refuse(w, http.StatusNotFound)
		return
	}
	writeJSON(w, struct {
		Code, LastUpdated, InstanceProfileArn string
		InstanceProfileID                     string `json:"InstanceProfileId"`
	}{"Success", stamp(h.now()), r.profile.ARN, r.profile.InstanceProfileID})
}

// getCredentials writes the role's credentials. If the role does not trust EC2, the
// status is 200, and the body says so, as on AWS.
func (h *handler) getCredentials(w http.ResponseWriter, name string) {
	r, err := h.credentials.role()
	if err != nil || r.RoleName != name {
		refuse(w, http.StatusNotFound)
		return
	}
	s, err := h.credentials.get(r, h.now())
	switch {
	case cloud.IsNotFound(err): // since
		refuse(w, http.StatusNotFound)
	case cloud.IsCode(err, cloud.CodeAssumeRoleUnauthorized):
		writeJSON(w, struct{ Code, LastUpdated, Message string }{
			cloud.CodeAssumeRoleUnauthorized, stamp(h.now()), "EC2 cannot assume the role " + name + ". Please see documentation at " +
				"https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/troubleshoot-iam-roles-ec2.html",
		})
	case err != nil:
		refuse(w, http.StatusInternalServerError)
	default:
		writeJSON(w, struct {
			Code, LastUpdated, Type string
			AccessKeyID             string `json:"AccessKeyId"`
			SecretAccessKey, Token  string
			Expiration              string
		}{"Success", stamp(s.Issued), "AWS-HMAC", s.AccessKeyID, s.SecretAccessKey, s.SessionToken, stamp(s.Expiration)})
	}
}

func stamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05Z") }
