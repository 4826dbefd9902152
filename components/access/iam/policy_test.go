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
		"an Id of another type":                 {`{"Id":1,"Statement":[]}`, "Id"},
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
		"an Action with a wildcard service":     {action(`"*:Invoke"`), "*:Invoke"},
		"an Action without name":                {action(`"s3:"`), "s3:"},
		"an Action with a variable":             {action(`"s3:${aws:username}"`), "aws:username"},
		"no Resource":                           {statement(`"Effect":"Allow","Action":"*"`), "Resource"},
		"Resource and NotResource":              {with(`"NotResource":"*"`), "NotResource"},
		"an empty Resource":                     {resource(`[]`), "Resource"},
		"a Resource of another type":            {resource(`{}`), "Resource"},
		"a Resource that is not an ARN":         {resource(`"abc123/prod/*"`), "abc123/prod/*"},
		"a Resource that is not an ARN, with *": {resource(`["*","abc123/prod/*"]`), "abc123/prod/*"},
		"a Resource with fields missing":        {resource(`"arn:aws:execute-api:us-east-1:abc123"`), "six fields"},
		"a Resource that is a prefix":           {resource(`"arn:*"`), "six fields"},
		"a Resource with a wildcard service":    {resource(`"arn:aws:*:us-east-1:111122223333:abc123"`), "service"},
		"a Resource without service":            {resource(`"arn:aws::us-east-1:111122223333:abc123"`), "service"},
		"a Resource without partition":          {resource(`"arn::s3:::b"`), "partition"},
		"a Resource of an unknown partition":    {resource(`"arn:azure:s3:::b"`), "partition"},
		"a Resource without resource":           {resource(`"arn:aws:s3:::"`), "resource"},
		"a variable in the account":             {resource(`"arn:aws:s3::${aws:PrincipalAccount}:b"`), "fifth colon"},
		"a variable in the region":              {resource(`"arn:aws:s3:${aws:RequestedRegion}::b"`), "fifth colon"},
		"a variable not closed":                 {resource(`"arn:aws:s3:::b/${aws:username"`), "aws:username"},
		"a variable without key":                {resource(`"arn:aws:s3:::b/${}"`), "variable"},
		"a variable that is not a key":          {resource(`"arn:aws:s3:::b/${username}"`), "username"},
		"a variable within a variable":          {resource(`"arn:aws:s3:::b/${aws:${aws:x}}"`), "variable"},
		"a default without quotes":              {resource(`"arn:aws:s3:::b/${aws:username, nobody}"`), "default"},
		"a default with a quote in it":          {resource(`"arn:aws:s3:::b/${aws:username, 'a'b'}"`), "default"},
		"a default without a space":             {resource(`"arn:aws:s3:::b/${aws:username,'a'}"`), "variable"},
		"a Principal":                           {with(`"Principal":"*"`), "Principal"},
		"a NotPrincipal":                        {with(`"NotPrincipal":"*"`), "NotPrincipal"},
		"a Condition of another type":           {condition(`[]`), "Condition"},
		"an unknown operator":                   {condition(`{"StringMatches":{"aws:username":"x"}}`), "StringMatches"},
		"an operator in another case":           {condition(`{"stringequals":{"aws:username":"x"}}`), "stringequals"},
		"an unknown set operator":               {condition(`{"ForSomeValues:StringEquals":{"aws:username":"x"}}`), "ForSomeValues"},
		"two set operators":                     {condition(`{"ForAllValues:ForAnyValue:StringEquals":{"aws:username":"x"}}`), "ForAnyValue"},
		"IfExists twice":                        {condition(`{"StringEqualsIfExistsIfExists":{"aws:username":"x"}}`), "IfExists"},
		"NullIfExists":                          {condition(`{"NullIfExists":{"aws:username":"true"}}`), "NullIfExists"},
		"Null of a set":                         {condition(`{"ForAllValues:Null":{"aws:username":"true"}}`), "Null"},
		"an operator of another type":           {condition(`{"StringEquals":"x"}`), "StringEquals"},
		"an operator twice":                     {condition(`{"StringEquals":{},"StringEquals":{}}`), "StringEquals"},
		"a key without prefix":                  {condition(`{"StringEquals":{"username":"x"}}`), "username"},
		"a key without name":                    {condition(`{"StringEquals":{"aws:":"x"}}`), "aws:"},
		"a key with a wildcard prefix":          {condition(`{"StringEquals":{"*:username":"x"}}`), "*:username"},
		"a key with a variable":                 {condition(`{"StringEquals":{"aws:PrincipalTag/${aws:username}":"x"}}`), "PrincipalTag"},
		"a key twice":                           {condition(`{"StringEquals":{"aws:username":"x","aws:username":"y"}}`), "aws:username"},
		"a key twice in another case":           {condition(`{"StringEquals":{"aws:username":"x","AWS:Username":"y"}}`), "case"},
		"a value of another type":               {condition(`{"StringEquals":{"aws:username":{}}}`), "aws:username"},
		"a value that is null":                  {condition(`{"StringEquals":{"aws:username":null}}`), "null"},
		"no values":                             {condition(`{"StringEquals":{"aws:username":[]}}`), "aws:username"},
		"a value within a list of lists":        {condition(`{"StringEquals":{"aws:username":[["x"]]}}`), "aws:username"},
		"not a number":                          {condition(`{"NumericEquals":{"s3:max-keys":"many"}}`), "many"},
		"a number with an exponent":             {condition(`{"NumericEquals":{"s3:max-keys":1e3}}`), "1e3"},
		"a number with too many digits":         {condition(`{"NumericEquals":{"s3:max-keys":"9007199254740993"}}`), "digits"},
		"a number without fraction":             {condition(`{"NumericEquals":{"s3:max-keys":"1."}}`), "1."},
		"a number with a variable":              {condition(`{"NumericEquals":{"s3:max-keys":"${aws:x}"}}`), "aws:x"},
		"not a date":                            {condition(`{"DateEquals":{"aws:CurrentTime":"today"}}`), "today"},
		"a date with a wildcard":                {condition(`{"DateEquals":{"aws:CurrentTime":"2026-*"}}`), "2026-*"},
		"a date and time without zone":          {condition(`{"DateEquals":{"aws:CurrentTime":"2026-01-01T00:00:00"}}`), "2026-01-01T00:00:00"},
		"a year, or seconds":                    {condition(`{"DateEquals":{"aws:CurrentTime":"2026"}}`), "2026"},
		"a date with a comma":                   {condition(`{"DateEquals":{"aws:CurrentTime":"2026-01-01T00:00:00,5Z"}}`), ",5Z"},
		"not a boolean":                         {condition(`{"Bool":{"aws:SecureTransport":"yes"}}`), "yes"},
		"a Null that is not a boolean":          {condition(`{"Null":{"aws:SecureTransport":"1"}}`), `"1"`},
		"a Bool with a variable":                {condition(`{"Bool":{"aws:SecureTransport":"${aws:x}"}}`), "aws:x"},
		"not base64":                            {condition(`{"BinaryEquals":{"kms:Key":"AQI"}}`), "base64"},
		"not a range":                           {condition(`{"IpAddress":{"aws:SourceIp":"203.0.113.0/33"}}`), "203.0.113.0/33"},
		"a range with a wildcard":               {condition(`{"IpAddress":{"aws:SourceIp":"203.0.113.*"}}`), "203.0.113.*"},
		"a range of IPv4 written as IPv6":       {condition(`{"IpAddress":{"aws:SourceIp":"::ffff:203.0.113.0/120"}}`), "::ffff"},
		"an address of IPv4 written as IPv6":    {condition(`{"IpAddress":{"aws:SourceIp":"::ffff:203.0.113.9"}}`), "::ffff"},
		"not an ARN":                            {condition(`{"ArnLike":{"aws:SourceArn":"*"}}`), "six fields"},
		"six fields that are not an ARN":        {condition(`{"ArnEquals":{"aws:SourceArn":"a:b:c:d:e:f"}}`), "six fields"},
		"a variable of an ARN not closed":       {condition(`{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::${aws:x"}}`), "aws:x"},
		"a variable of a string without a key":  {condition(`{"StringLike":{"aws:username":"${x}"}}`), "${x}"},
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
		"an Id":                    `{"Id":"x","Statement":` + rule("Allow", "*", "*") + `}`,
		"elements in any order":    `{"Statement":{"Resource":"*","Action":"*","Effect":"Deny"},"Version":"2008-10-17"}`,
		"an empty Sid twice":       doc(rule("Allow", "*", "*", `"Sid":""`), rule("Deny", "*", "*", `"Sid":""`)),
		"white space":              "\n\t" + doc(rule("Allow", "*", "*")) + "\r\n ",
		"Latin-1":                  allow(executionArn + "/prod/GET/café"),
		"an empty Condition":       allow("*", when("")),
		"an empty account":         allow("arn:aws:s3:::shop/*"),
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
		"a NotPrincipal":               {doc(`{"Effect":"Deny","Action":"sts:AssumeRole","NotPrincipal":"*"}`), "NotPrincipal"},
		"an action of another service": {doc(`{"Effect":"Allow","Action":"s3:GetObject","Principal":"*"}`), "s3:GetObject"},
		"every action":                 {doc(`{"Effect":"Allow","Action":"*","Principal":"*"}`), "STS"},
		"a text that is not *":         {principal(`"` + otherAccount + `"`), "Principal"},
		"an empty object":              {principal(`{}`), "Principal"},
		"an unknown kind":              {principal(`{"Aws":"*"}`), "Aws"},
		"Federated":                    {principal(`{"Federated":"cognito-identity.amazonaws.com"}`), "Federated"},
		"CanonicalUser":                {principal(`{"CanonicalUser":"79a59df900b949e5"}`), "CanonicalUser"},
		"an empty list":                {principal(`{"AWS":[]}`), "AWS"},
		"another type":                 {principal(`{"AWS":1}`), "AWS"},
		"a kind twice":                 {principal(`{"AWS":"*","AWS":"*"}`), "AWS"},
		"a short account id":           {principal(aws("44445555")), "44445555"},
		"a group":                      {principal(aws(otherIAM + "group/g")), "group/g"},
		"a wildcard in an ARN":         {principal(aws(otherIAM + "user/*")), "user/*"},
		"a wildcard for the account":   {principal(aws("arn:aws:iam::*:root")), "root"},
		"all sessions":                 {principal(aws("arn:aws:sts::444455556666:assumed-role/r/*")), "assumed-role"},
		"a variable":                   {principal(aws(otherIAM + "user/${aws:username}*")), "aws:username"},
		"a service under AWS":          {principal(aws("ec2.amazonaws.com")), "ec2"},
		"an account under Service":     {principal(service(otherAccount)), otherAccount},
		"* under Service":              {principal(service("*")), "service"},
		"an unknown operator":          {trusting(`"*"`, when(`"Like":{"a:b":"c"}`)), "Like"},
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
