package access

import (
	"fmt"
	"regexp"
	"strings"
)

// functionArn matches the ARN of a Lambda function. Its submatches are the name and the
// qualifier.
var functionArn = regexp.MustCompile(
	`^arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:function:([A-Za-z0-9_-]{1,64})(?::([A-Za-z0-9_-]{1,128}))?$`)

// FunctionArn is a parsed ARN of a Lambda function.
type FunctionArn struct {
	// Arn is the function's ARN, without the qualifier.
	Arn string
	// Name is the function's name.
	Name string
	// Qualifier is a version or an alias. Without one, Lambda runs the version $LATEST.
	Qualifier string
}

// ParseFunctionArn parses the ARN of a Lambda function. It rejects the qualifier $LATEST,
// because Lambda's AddPermission does: a function has no resource policy for it.
func ParseFunctionArn(arn string) (FunctionArn, error) {
	match := functionArn.FindStringSubmatch(arn)
	if match == nil {
		if plain, latest := strings.CutSuffix(arn, ":$LATEST"); latest && functionArn.MatchString(plain) {
			return FunctionArn{}, fmt.Errorf("must not end with :$LATEST, which cannot have a permission; without it, the same version runs")
		}
		return FunctionArn{}, fmt.Errorf(`must be the ARN of a Lambda function, such as ` +
			`"arn:aws:lambda:us-east-1:111122223333:function:orders", with :ALIAS or :VERSION or without`)
	}
	return FunctionArn{strings.TrimSuffix(arn, ":"+match[2]), match[1], match[2]}, nil
}
