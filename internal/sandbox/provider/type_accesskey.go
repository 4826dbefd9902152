package provider

import (
	"errors"
	"time"

	"iam-secured-api/internal/sandbox/cloud"
)

const (
	propUser   = "user"
	propSecret = "secret"
	propStatus = "status"
)

var accessKeyType = &resourceType{
	token: "aws:iam/accessKey:AccessKey",
	inputs: []property{
		{name: propStatus, kind: aString, byDefault: cloud.KeyActive},
		{name: propUser, kind: aString, required: true, replaces: true},
		{name: "pgpKey", kind: aString, replaces: true, unmodelled: true},
	},
	outputs:      []string{"createDate", propSecret},
	keepsOutputs: []string{propSecret},
	secrets:      []string{propSecret},
	creates:      "CreateAccessKey",
	calls:        []string{"DeleteAccessKey", "UpdateAccessKey"},
	create: func(c *client, in values) (string, values, error) {
		k, err := c.account.CreateAccessKey(in.str(propUser))
		if err != nil {
			return "", nil, err
		}
		known := values{}
		known.setString(propSecret, k.SecretAccessKey)
		if in.str(propStatus) == cloud.KeyInactive {
			err = c.account.UpdateAccessKey(k.UserName, k.AccessKeyID, cloud.KeyInactive)
		}
		return k.AccessKeyID, known, err
	},
	read: func(c *client, id string, prior values) (values, error) {
		keys, err := c.account.ListAccessKeys(prior.str(propUser))
		if err != nil {
			return absent(err)
		}
		for _, k := range keys {
			if k.AccessKeyID != id {
				continue
			}
			out := values{}
			out.setString(propStatus, k.Status)
			out.setString(propUser, k.UserName)
			out.setString("createDate", k.CreateDate.Format(time.RFC3339))
			return out, nil
		}
		return nil, nil
	},
	update: func(c *client, ch *change) error {
		if !ch.of(propStatus) {
			return nil
		}
		return c.account.UpdateAccessKey(ch.new.str(propUser), ch.id, ch.new.str(propStatus))
	},
	delete: func(c *client, id string, state values) error {
		return c.account.DeleteAccessKey(state.str(propUser), id)
	},
	locate: func(c *client, importID string) (string, values, error) {
		user, err := c.account.UserOfAccessKey(importID)
		prior := values{}
		prior.setString(propUser, user)
		return importID, prior, tolerate(err)
	},
	list: func(c *client) ([]string, error) {
		users, err := c.account.ListUsers()
		var ids []string
		for _, u := range users {
			keys, userErr := c.account.ListAccessKeys(u.UserName)
			err = errors.Join(err, userErr)
			ids = append(ids, idsOf("", keys, func(k cloud.AccessKey) string { return k.AccessKeyID })...)
		}
		return ids, err
	},
}
