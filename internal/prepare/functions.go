package prepare

import (
	"archive/zip"
	"bytes"
	"errors"
	"strings"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/program"
	"iam-secured-api/internal/sandbox/cloud"
)

// functionRole is the role of functions made elsewhere.
const functionRole = "functions-made-elsewhere"

// Functions creates the Lambda functions made elsewhere that a plan uses, with the
// versions and aliases that it names. They are in the API's account, even if the plan
// names another, and in the regions that the plan names.
func Functions(c *cloud.Cloud, plan *program.Plan) error {
	arns := plan.FunctionArns()
	if len(arns) == 0 {
		return nil
	}
	account := c.Account(cloud.APIAccount)
	code, err := placeholder()
	if err != nil {
		return err
	}
	trust, err := access.Render(access.ServiceTrust{Service: "lambda"}.Document(""))
	if err != nil {
		return err
	}
	_, err = account.CreateRole(cloud.CreateRoleInput{RoleName: functionRole, AssumeRolePolicyDocument: trust})
	if err != nil && !cloud.IsCode(err, cloud.CodeEntityAlreadyExists) {
		return err
	}
	if err := account.RolePolicies().Attach(functionRole, "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"); err != nil {
		return err
	}
	role, err := account.GetRole(functionRole)
	if err != nil {
		return err
	}
	var errs []error
	check := func(err error) {
		if !cloud.IsCode(err, cloud.CodeResourceConflict) {
			errs = append(errs, err)
		}
	}
	for _, arn := range arns {
		function, err := access.ParseFunctionArn(arn)
		if err != nil {
			return err
		}
		region := account.Region(strings.Split(arn, ":")[3])
		_, err = region.CreateFunction(cloud.CreateFunctionInput{
			FunctionName: function.Name, ZipFile: code, Architectures: []string{"arm64"},
			FunctionSettings: cloud.FunctionSettings{Role: role.ARN, Runtime: "provided.al2023", Handler: "bootstrap", Timeout: 10},
		})
		check(err)
		if function.Qualifier != "" {
			check(region.AddQualifier(function.Name, function.Qualifier))
		}
	}
	return errors.Join(errs...)
}

// placeholder returns a zip file in place of the unknown program. The sandbox does not run
// it.
func placeholder() ([]byte, error) {
	var archive bytes.Buffer
	files := zip.NewWriter(&archive)
	entry, err := files.Create("bootstrap")
	if err == nil {
		_, err = entry.Write([]byte("made elsewhere"))
	}
	err = errors.Join(err, files.Close())
	return archive.Bytes(), err
}
