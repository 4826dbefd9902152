package provider

import "iam-secured-api/internal/sandbox/cloud"

const (
	propArchitectures = "architectures"
	propCode          = "code"
	propCodeHash      = "sourceCodeHash"
	propEnvironment   = "environment"
	propLogging       = "loggingConfig"
)

// functionType is a Lambda function. AWS does not return its code, only a hash
// of it, which pulumi-aws does not compare with anything: code that was changed
// by hand stays. An update that fails before the upload leaves the new code in
// the state, so that the next update does not upload it either.
var functionType = &resourceType{
	token:    "aws:lambda/function:Function",
	autoname: 64,
	inputs: []property{
		{name: propArchitectures, kind: aSet, field: "Architectures", keeps: true},
		{name: propCode, kind: anArchive, local: true},
		{name: "description", kind: aString, field: "Description"},
		{name: propEnvironment, kind: anObject, fields: []property{{name: "variables", kind: aMap, field: "Environment"}}},
		{name: "handler", kind: aString, field: "Handler"},
		{name: propLogging, kind: anObject, field: "Logging", keeps: true, fields: []property{
			{name: "logFormat", kind: aString, field: "Format", required: true},
			// AWS has a default for it, which is not modelled.
			{name: "logGroup", kind: aString, field: "Group", required: true},
			{name: "applicationLogLevel", kind: aString, unmodelled: true},
			{name: "systemLogLevel", kind: aString, unmodelled: true},
		}},
		{name: "memorySize", kind: anInteger, field: "MemorySize", byDefault: 128},
		{name: propName, kind: aString, field: "FunctionName", replaces: true},
		{name: propRole, kind: aString, field: "Role", required: true},
		{name: "runtime", kind: aString, field: "Runtime"},
		{name: propSkipDestroy, kind: aBoolean, byDefault: false, local: true},
		{name: propCodeHash, kind: aString, keeps: true, local: true},
		tagsInput,
		{name: "timeout", kind: anInteger, field: "Timeout", byDefault: 3},
		{name: "packageType", kind: aString, replaces: true, byDefault: "Zip", unmodelled: true},
		{name: "publish", kind: aBoolean, byDefault: false, unmodelled: true},
		{name: "reservedConcurrentExecutions", kind: anInteger, byDefault: -1, unmodelled: true},
	},
	unmodelled: []string{
		"codeSigningConfigArn", "deadLetterConfig", "ephemeralStorage", "fileSystemConfig", "imageConfig",
		"imageUri", "kmsKeyArn", "layers", "replaceSecurityGroupsOnDestroy", "replacementSecurityGroupIds",
		"s3Bucket", "s3Key", "s3ObjectVersion", "snapStart", "tracingConfig", "vpcConfig",
	},
	outputs: []property{
		{name: "arn", field: "ARN"},
		{name: "codeSha256", field: "CodeSha256"},
		{name: "invokeArn", field: "InvokeARN"},
		{name: "lastModified", field: "LastModified"},
		{name: "qualifiedArn", field: "QualifiedARN"},
		{name: "qualifiedInvokeArn", field: "QualifiedInvokeARN"},
		{name: "sourceCodeSize", field: "CodeSize"},
		{name: "version", field: "Version"},
	},
	moves:   map[string][]string{"lastModified": codeInputs},
	unique:  propName,
	creates: "CreateFunction",
	calls:   []string{"DeleteFunction", "UpdateFunctionCode", "UpdateFunctionConfiguration"},
	tags:    tagsResource,
	create:  createFunction,
	read:    readFunction,
	update:  updateFunction,
	delete:  func(c *client, id string, _ values) error { return c.region.DeleteFunction(id) },
	locate:  byID,
	list:    inRegion((*cloud.Region).ListFunctions, func(f cloud.Function) string { return f.FunctionName }),
}

// codeInputs are the inputs whose change uploads the code.
var codeInputs = []string{propArchitectures, propCode, propCodeHash}

func createFunction(c *client, ch *change) (string, error) {
	code, err := ch.new.zipFile(propCode)
	if err != nil {
		return "", err
	}
	in := cloud.CreateFunctionInput{ZipFile: code}
	ch.fill(&in)
	in.FunctionName = ch.name()
	f, err := c.region.CreateFunction(in)
	return f.FunctionName, err
}

func updateFunction(c *client, ch *change) error {
	var settings cloud.FunctionSettings
	if ch.fill(&settings) {
		if err := c.region.UpdateFunctionConfiguration(ch.id, settings); err != nil {
			return err
		}
	}
	if !ch.of(codeInputs...) {
		return nil
	}
	code, err := ch.new.zipFile(propCode)
	if err != nil {
		return err
	}
	return c.region.UpdateFunctionCode(ch.id, code, ch.new.strings(propArchitectures))
}

// function is a function with the outputs that follow from its ARN.
type function struct {
	cloud.Function
	QualifiedARN, InvokeARN, QualifiedInvokeARN string
	Version                                     string
	LastModified                                string
}

func readFunction(c *client, id string, _ values) (any, error) {
	f, err := c.region.GetFunction(id)
	qualified := f.ARN + ":" + cloud.VersionLatest
	return found(function{
		Function: f, QualifiedARN: qualified, InvokeARN: cloud.InvokeARN(f.ARN), QualifiedInvokeARN: cloud.InvokeARN(qualified),
		Version: cloud.VersionLatest, LastModified: f.LastModified.Format("2006-01-02T15:04:05.000-0700"),
	}, err)
}
