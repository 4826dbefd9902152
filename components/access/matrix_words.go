package access

import (
	"strings"
	"time"

	"iam-secured-api/components/access/iam"
)

// conditionWords says what must hold for a statement's conditions to.
func conditionWords(conditions []iam.Condition) string {
	var typed Conditions
	var others []string
	for _, condition := range conditions {
		if !typed.set(condition) {
			others = append(others, condition.String())
		}
	}
	if text := typed.String(); text != "" {
		others = append([]string{text}, others...)
	}
	return strings.Join(others, " and ")
}

// set reads back what block writes. It tells whether it has understood it.
func (c *Conditions) set(condition iam.Condition) bool {
	operator, key := condition.Operator, condition.Key
	if operator == "IpAddress" && key == "aws:SourceIp" {
		c.SourceCIDRs = condition.Values
		return true
	}
	if len(condition.Values) != 1 {
		return false
	}
	value := condition.Values[0]
	tag, isTag := strings.CutPrefix(key, "aws:PrincipalTag/")
	switch {
	case operator == "DateGreaterThanEquals" && key == "aws:CurrentTime":
		return setInstant(&c.NotBefore, value)
	case operator == "DateLessThan" && key == "aws:CurrentTime":
		return setInstant(&c.NotAfter, value)
	case operator == "Bool" && key == "aws:MultiFactorAuthPresent" && value == "true":
		c.RequireMFA = true
	case operator == "Bool" && key == "aws:SecureTransport" && value == "true":
		c.SecureTransport = true
	case operator == "StringEquals" && key == "aws:PrincipalOrgID":
		c.PrincipalOrgID = value
	case operator == "StringEquals" && isTag:
		if c.PrincipalTags == nil {
			c.PrincipalTags = map[string]string{}
		}
		c.PrincipalTags[tag] = value
	default:
		return false
	}
	return true
}

func setInstant(to *time.Time, text string) bool {
	instant, err := time.Parse(instantLayout, text)
	if err == nil {
		*to = instant
	}
	return err == nil
}
