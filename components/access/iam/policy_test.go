package iam_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access/iam"
)

func TestCompileIdentityRefuses(t *testing.T) {
	statement := func(members string) string { return `{"Version":"2012-10-17","Statement":[{` + members + `}]}` }
	with := func(members string) string {
		return statement(`"Effect":"Allow","Action":"*","Resource":"*",` + members)
	}
	condition := func(text string) string { return with(`"Condition":` + text) }
	resource := func(text string) string {
		return statement(`"Effect":"Allow","Action":"*","Resource":` + text)
	}
	action := func(text string) string {
		return statement(`"Effect":"Allow","Resource":"*","Action":` + text)
	}
	for name, test := range map[string]struct{ document, names string }{
		"empty":                                 {``, "JSON"},
		"not JSON":                              {`{`, "JSON"},
		"a list":                                {`[]`, "object"},
		"a text":                                {`"x"`, "object"},
		"null":                                  {`null`, "null"},
		"text after it":                         {doc() + `{}`, "after"},
		"a comma too many":                      {`{"Statement":[],}`, "JSON"},
		"too deep":                              {strings.Repeat(`{"a":`, 40) + `1` + strings.Repeat(`}`, 40), "deeper"},
		"curly quotes":                          {`{"Version":“2012-10-17”}`, "U+201C"},
		"a control character":                   {"{\"Version\":\"2012-10-17\"\x01}", "U+0001"},
		"not UTF-8":                             {"{\"Version\":\"\xff\"}", "U+FFFD"},
		"no Statement":                          {`{"Version":"2012-10-17"}`, "Statement"},
		"an empty Statement":                    {doc(), "Statement"},
		"a Statement of another type":           {`{"Statement":"x"}`, "Statement"},
		"a statement of another type":           {`{"Statement":["x"]}`, "Statement[0]"},
		"an unknown element":                    {`{"Statement":[],"Extra":1}`, "Extra"},
		"an element in another case":            {`{"statement":[]}`, "statement"},
		"an element twice":                      {`{"Version":"2012-10-17","Version":"2012-10-17"}`, "Version"},
		"another Version":                       {`{"Version":"2012-10-18","Statement":[]}`, "2012-10-18"},
		"a Version of another type":             {`{"Version":2012,"Statement":[]}`, "Version"},
		"an Id":                                 {`{"Id":"x","Statement":` + rule("Allow", "*", "*") + `}`, "Id"},
		"an unknown element of a statement":     {with(`"Effects":"Allow"`), "Effects"},
		"a name with a line end":                {with(`"a\nb":"x"`), `a\nb`},
		"an element of a statement twice":       {with(`"Effect":"Deny"`), "Effect"},
		"no Effect":                             {statement(`"Action":"*","Resource":"*"`), "Effect"},
		"another Effect":                        {statement(`"Effect":"allow","Action":"*","Resource":"*"`), "allow"},
		"an Effect of another type":             {statement(`"Effect":true,"Action":"*","Resource":"*"`), "Effect"},
		"a Sid with a space":                    {with(`"Sid":"a b"`), "a b"},
		"a Sid of another type":                 {with(`"Sid":1`), "Sid"},
		"a Sid twice":                           {doc(rule("Allow", "*", "*", `"Sid":"A"`), rule("Deny", "*", "*", `"Sid":"A"`)), "Statement[1]"},
		"no Action":                             {statement(`"Effect":"Allow","Resource":"*"`), "Action"},
		"Action and NotAction":                  {with(`"NotAction":"s3:*"`), "NotAction"},
		"an empty Action":                       {action(`[]`), "Action"},
		"an Action of another type":             {action(`1`), "Action"},
		"an Action within a list of lists":      {action(`[["s3:*"]]`), "Action"},
		"an Action without service":             {action(`"Invoke"`), "Invoke"},
		"an Action without service, with *":     {action(`["*","Invoke"]`), "Invoke"},
		"an Action with two colons":             {action(`"a:b:c"`), "a:b:c"},
		"an Action with a wildcard service":     {action(`"s*:Get"`), "s*:Get"},
		"an Action of any service without name": {action(`"*:"`), "*:"},
		"an Action without name":                {action(`"s3:"`), "s3:"},
		"an Action with a variable":             {action(`"s3:${aws:username}"`), "aws:username"},
		"no Resource":                           {statement(`"Effect":"Allow","Action":"*"`), "Resource"},
		"Resource and NotResource":              {with(`"NotResource":"*"`), "NotResource"},
		"an empty Resource":                     {resource(`[]`), "Resource"},
		"a Resource of another type":            {resource(`{}`), "Resource"},
		"a Resource that is not an ARN":         {resource(`"abc123/prod/*"`), "abc123/prod/*"},
		"a Resource that is not an ARN, with *": {resource(`["*","abc123/prod/*"]`), "abc123/prod/*"},
		"a Resource that is a prefix":           {resource(`"arn:*"`), "service"},
		"a Resource with a wildcard service":    {resource(`"arn:aws:*:us-east-1:111122223333:abc123"`), "service"},
		"a Resource without service":            {resource(`"arn:aws::us-east-1:111122223333:abc123"`), "service"},
		"a Resource without partition":          {resource(`"arn::s3:::b"`), "partition"},
		"a Resource of an unknown partition":    {resource(`"arn:azure:s3:::b"`), "partition"},
		"a Principal":                           {with(`"Principal":"*"`), "Principal"},
		"a NotPrincipal":                        {with(`"NotPrincipal":"*"`), "NotPrincipal"},
		"a Condition of another type":           {condition(`[]`), "Condition"},
		"an operator of another type":           {condition(`{"StringEquals":"x"}`), "StringEquals"},
		"an operator twice":                     {condition(`{"StringEquals":{},"StringEquals":{}}`), "StringEquals"},
		"a key twice":                           {condition(`{"StringEquals":{"aws:username":"x","aws:username":"y"}}`), "aws:username"},
		"an unknown operator without keys":      {condition(`{"StringMatches":{}}`), "StringMatches"},
		"a key twice in another case":           {condition(`{"StringEquals":{"aws:username":"x","AWS:Username":"y"}}`), "case"},
		"a value of another type":               {condition(`{"StringEquals":{"aws:username":{}}}`), "aws:username"},
		"a value that is null":                  {condition(`{"StringEquals":{"aws:username":null}}`), "null"},
		"no values":                             {condition(`{"StringEquals":{"aws:username":[]}}`), "aws:username"},
		"a value within a list of lists":        {condition(`{"StringEquals":{"aws:username":[["x"]]}}`), "aws:username"},
	} {
		t.Run(name, func(t *testing.T) {
			policy, err := iam.CompileIdentity(test.document)
			require.Error(t, err)
			assert.Nil(t, policy)
			assert.Contains(t, err.Error(), "identity document: ")
			assert.Contains(t, err.Error(), test.names)
			assertOneLine(t, err)
		})
	}
}

func TestCompileIdentityAccepts(t *testing.T) {
	for name, document := range map[string]string{
		"elements in any order":    `{"Statement":{"Resource":"*","Action":"*","Effect":"Deny"},"Version":"2008-10-17"}`,
		"an empty Sid twice":       doc(rule("Allow", "*", "*", `"Sid":""`), rule("Deny", "*", "*", `"Sid":""`)),
		"white space":              "\n\t" + doc(rule("Allow", "*", "*")) + "\r\n ",
		"Latin-1":                  allow(executionArn + "/prod/GET/café"),
		"an empty Condition":       allow("*", when("")),
		"an empty account":         allow("arn:aws:s3:::shop/*"),
		"an empty last field":      allow("arn:aws:organizations::*:"),
		"a wildcard partition":     allow("arn:*:s3:::shop/*"),
		"${ in the older language": `{"Version":"2008-10-17","Statement":` + rule("Allow", "*", "arn:aws:s3:::b/${x") + `}`,
		"an operator of each kind": allow("*", when(`"StringLikeIfExists":{"a:b":"x"},"ForAnyValue:NumericLessThanEqualsIfExists":{"a:b":1},"Null":{"a:b":[true,"false"]}`)),
	} {
		t.Run(name, func(t *testing.T) {
			policy, err := iam.CompileIdentity(document)
			require.NoError(t, err)
			assert.NotNil(t, policy)
		})
	}
}

func TestCompileTrustRefuses(t *testing.T) {
	principal := func(text string) string { return trusting(text) }
	for name, test := range map[string]struct{ document, names string }{
		"no Principal":                 {doc(`{"Effect":"Allow","Action":"sts:AssumeRole"}`), "Principal"},
		"a Resource":                   {trusting(`"*"`, `"Resource":"*"`), "Resource"},
		"a NotResource":                {trusting(`"*"`, `"NotResource":"*"`), "NotResource"},
		"an action of another service": {doc(`{"Effect":"Allow","Action":"s3:GetObject","Principal":"*"}`), "s3:GetObject"},
		"every action":                 {doc(`{"Effect":"Allow","Action":"*","Principal":"*"}`), "STS"},
		"a text that is not *":         {principal(`"` + otherAccount + `"`), "Principal"},
		"an empty object":              {principal(`{}`), "Principal"},
		"an unknown kind":              {principal(`{"Aws":"*"}`), "Aws"},
		"Principal and NotPrincipal":   {trusting(`"*"`, `"NotPrincipal":"*"`), "NotPrincipal"},
		"an Id of another type":        {`{"Id":1,"Statement":[]}`, "Id"},
		"an empty list":                {principal(`{"AWS":[]}`), "AWS"},
		"another type":                 {principal(`{"AWS":1}`), "AWS"},
		"a kind twice":                 {principal(`{"AWS":"*","AWS":"*"}`), "AWS"},
	} {
		t.Run(name, func(t *testing.T) {
			policy, err := iam.CompileTrust(test.document)
			require.Error(t, err)
			assert.Nil(t, policy)
			assert.Contains(t, err.Error(), "trust document: ")
			assert.Contains(t, err.Error(), test.names)
			assertOneLine(t, err)
		})
	}
}
