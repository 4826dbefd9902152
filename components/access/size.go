package access

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// Bounds of what is unknown before an API is created. Documents are measured with
// these, so that they fit wherever they are deployed.
const (
	// LongestPartition is the longest name of a partition in the endpoint metadata of the
	// AWS SDKs.
	LongestPartition = "aws-us-gov"
	// LongestExecutionArn is as long as the execution ARN of an API can be. It has the
	// longest partition, the longest name of a Region in the endpoint metadata of the
	// AWS SDKs, an account id of 12 digits and an API id of 10 characters.
	LongestExecutionArn = "arn:" + LongestPartition + ":execute-api:us-isof-south-1:000000000000:0000000000"
)

// Size returns the number of characters of a policy document as IAM counts them,
// without white space. White space within strings is counted, because AWS does not
// document that IAM ignores it. In a text that is not JSON, all characters count.
func Size(document string) int {
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(document)); err != nil {
		return utf8.RuneCountInString(document)
	}
	return utf8.RuneCount(compact.Bytes())
}

// CheckPolicySize accepts documents that fit in a managed policy.
func CheckPolicySize(document string) error {
	return checkSize("a managed policy", document, MaxPolicyCharacters)
}

func checkSize(kind, document string, most int) error {
	if size := Size(document); size > most {
		return fmt.Errorf("the document has %d characters without white space; %s takes at most %d", size, kind, most)
	}
	return nil
}

// CheckCalls reports the routes with authorization that nobody can call, because the ARN of
// even the shortest request is longer than MaxCallArn.
func (r Routes) CheckCalls(stage string) []error {
	var errs []error
	for _, route := range r {
		if route.Authorization == Open || route.Key.IsDefault() {
			continue
		}
		method := route.Key.Method
		if method == anyMethod {
			method = "GET" // none is shorter
		}
		call := Invoke{Method: method, Path: fill(route.Key.Path, "x", "x")}
		if size := len(LongestExecutionArn + call.resource(stage)); size > MaxCallArn {
			errs = append(errs, fmt.Errorf("%.60q is too long: the ARN of its calls has %d characters or more, "+
				"and API Gateway takes at most %d", route.Key, size, MaxCallArn))
		}
	}
	return errs
}
