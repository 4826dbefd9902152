package provider

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/sigv4"
)

// Environment has the credentials that an engine's environment offers to every provider
// that it configures: environment variables and the profiles of a shared file.
type Environment struct {
	// AccessKeyID is the key of providers whose configuration does not name one. If it is
	// empty, they use the key of the operator of the API's account.
	AccessKeyID string
	// Profiles are access keys by the names of profiles.
	Profiles map[string]string
}

// Keys of the provider's configuration that choose its credentials and check them.
const (
	configProfile    = "profile"
	configAssumeRole = "assumeRole"
	configAllowed    = "allowedAccountIds"
	configForbidden  = "forbiddenAccountIds"
)

// assumption is the option assumeRole. PolicyArns is not modelled.
type assumption struct {
	RoleArn           string            `json:"roleArn"`
	ExternalID        string            `json:"externalId"`
	SessionName       string            `json:"sessionName"`
	Duration          string            `json:"duration"`
	Policy            string            `json:"policy"`
	SourceIdentity    string            `json:"sourceIdentity"`
	Tags              map[string]string `json:"tags"`
	TransitiveTagKeys []string          `json:"transitiveTagKeys"`
}

// choice is what a configuration says about credentials.
type choice struct {
	key, profile       string
	assume             *assumption
	allowed, forbidden []string
}

// choiceOf reads the options about credentials. Structured ones are JSON texts in a stack's
// configuration, and may be values in a program's provider. The errors are by option. It
// leaves out options that are not known yet.
func choiceOf(config values) (choice, map[string]error) {
	c := choice{key: config.str(configAccessKey), profile: config.str(configProfile)}
	errs := map[string]error{}
	read := func(option string, into any) bool {
		value := config[option]
		if isZero(value) || value.ContainsUnknowns() {
			return false
		}
		text, err := []byte(config.str(option)), error(nil)
		if !value.IsString() {
			text, err = json.Marshal(value.Mappable())
		}
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.DisallowUnknownFields()
		if err = cmp.Or(err, decoder.Decode(into)); err != nil {
			errs[option] = fmt.Errorf("the sandbox cannot read provider option aws:%s: %w", option, err)
		}
		return true
	}
	assume := &assumption{}
	if read(configAssumeRole, assume) {
		c.assume = assume
		if _, err := assume.input(); err != nil && errs[configAssumeRole] == nil {
			errs[configAssumeRole] = err
		}
	}
	allows, forbids := read(configAllowed, &c.allowed), read(configForbidden, &c.forbidden)
	if allows && forbids {
		errs[configForbidden] = fmt.Errorf("aws:%s conflicts with aws:%s", configForbidden, configAllowed)
	}
	return c, errs
}

// input returns the request to STS. The defaults are those of the AWS SDK for Go: a
// session of 15 minutes.
func (a assumption) input() (cloud.AssumeRoleInput, error) {
	lasts, err := time.ParseDuration(cmp.Or(a.Duration, "15m"))
	switch {
	case a.RoleArn == "":
		return cloud.AssumeRoleInput{}, errors.New("aws:assumeRole: roleArn must be set")
	case err != nil:
		return cloud.AssumeRoleInput{}, fmt.Errorf("aws:assumeRole: duration %q must be a duration such as 1h", a.Duration)
	}
	return cloud.AssumeRoleInput{
		RoleARN: a.RoleArn, RoleSessionName: cmp.Or(a.SessionName, "aws-go-sdk-sandbox"), DurationSeconds: int(lasts.Seconds()),
		Policy: a.Policy, ExternalID: a.ExternalID, SessionSettings: cloud.SessionSettings{
			Tags: a.Tags, TransitiveTagKeys: a.TransitiveTagKeys, SourceIdentity: a.SourceIdentity,
		},
	}, nil
}

// identity returns the identity of a connection with these options in a region.
func (p *provider) identity(c choice, region string) (cloud.Identity, error) {
	key := cmp.Or(c.key, p.environment.AccessKeyID, cloud.APIOperatorKey)
	if c.key == "" && c.profile != "" {
		var known bool
		if key, known = p.environment.Profiles[c.profile]; !known {
			return cloud.Identity{}, fmt.Errorf("aws:profile %q: failed to get shared config profile", c.profile)
		}
	}
	who, err := p.cloud.Identity(key)
	if err != nil {
		return who, fmt.Errorf("aws:accessKey %q: %w", key, err)
	}
	if c.assume != nil {
		if who, err = p.assume(*c.assume, who, key, region); err != nil {
			return who, fmt.Errorf("cannot assume IAM Role (%s): %w", c.assume.RoleArn, err)
		}
	}
	if slices.Contains(c.forbidden, who.Account) || len(c.allowed) > 0 && !slices.Contains(c.allowed, who.Account) {
		return who, fmt.Errorf("AWS account ID not allowed: %s", who.Account)
	}
	return who, nil
}

// assume assumes a role with the permissions of the key's principal, as STS does for a
// request from this machine. Like all connections, the session may then do everything in its
// account.
func (p *provider) assume(a assumption, who cloud.Identity, key, region string) (cloud.Identity, error) {
	in, err := a.input()
	if err != nil {
		return cloud.Identity{}, err
	}
	if strings.HasSuffix(who.ARN, ":root") { // an operator
		return cloud.Identity{}, &cloud.Error{Code: "AccessDenied", Message: "Roles may not be assumed by root accounts."}
	}
	now := time.Now()
	caller, err := p.cloud.Caller(key, now)
	if err != nil {
		return cloud.Identity{}, err
	}
	account := strings.Split(in.RoleARN+":::::", ":")[4]
	request := &http.Request{RemoteAddr: "127.0.0.1:0"}
	context := sigv4.New(p.cloud, "sts", region, time.Now).Context(request, caller, account)
	session, err := p.cloud.AssumeRole(caller, in, context, now)
	if err != nil {
		return cloud.Identity{}, err
	}
	return cloud.Identity{Account: account, ARN: session.ARN, UserID: session.AssumedRoleID}, nil
}
