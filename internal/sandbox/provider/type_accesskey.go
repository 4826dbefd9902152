package provider

import (
	"errors"

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
		{name: propStatus, kind: aString, field: "Status", byDefault: cloud.KeyActive},
		{name: propUser, kind: aString, field: "UserName", required: true, replaces: true},
	},
	unmodelled: []string{"pgpKey"},
	outputs: []property{
		{name: "createDate", field: "CreateDate"},
		{name: propSecret, local: true},
	},
	secrets: []string{propSecret},
	creates: "CreateAccessKey",
	calls:   []string{"DeleteAccessKey", "UpdateAccessKey"},
	create: func(c *client, ch *change) (string, error) {
		k, err := c.account.CreateAccessKey(ch.new.str(propUser))
		if err != nil {
			return "", err
		}
		ch.known = textValues(propSecret, k.SecretAccessKey)
		if ch.new.str(propStatus) == cloud.KeyInactive {
			err = c.account.UpdateAccessKey(k.UserName, k.AccessKeyID, cloud.KeyInactive)
		}
		return k.AccessKeyID, err
	},
	read: func(c *client, id string, prior values) (any, error) {
		keys, err := c.account.ListAccessKeys(prior.str(propUser))
		for _, k := range keys {
			if k.AccessKeyID == id {
				return k, nil
			}
		}
		return nil, tolerate(err)
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
		key, err := c.account.Credential(importID)
		return importID, textValues(propUser, key.UserName), tolerate(err)
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
