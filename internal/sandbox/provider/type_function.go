package provider

import "iam-secured-api/internal/sandbox/cloud"

const (
	propArchitectures = "architectures"
	propCode          = "code"
	propCodeHash      = "sourceCodeHash"
	propEnvironment   = "environment"
	propLogging       = "loggingConfig"
)

// functionType is a Lambda function. AWS does not tell its code, only a hash of
// it, with which the provider compares nothing: code that was changed by hand is
// not changed back. And an update that fails before the code is uploaded leaves
// the new code in the state: it is not uploaded by the next update either. Both
// are so in the real provider.
var functionType = &resourceType{
	token:    "aws:lambda/function:Function",
	autoname: 64,
	inputs: []property{
		{name: propArchitectures, kind: aSet, keeps: true},
		{name: propCode, kind: anArchive, local: true},
		{name: "description", kind: aString},
		{name: propEnvironment, kind: anObject, fields: []property{{name: "variables", kind: aMap}}},
		{name: "handler", kind: aString},
		{name: propLogging, kind: anObject, keeps: true, fields: []property{
			{name: "logFormat", kind: aString, required: true},
			// AWS has a default, which the sandbox does not model beside a format.
			{name: "logGroup", kind: aString, required: true},
			{name: "applicationLogLevel", kind: aString, unmodelled: true},
			{name: "systemLogLevel", kind: aString, unmodelled: true},
		}},
		{name: "memorySize", kind: anInteger, byDefault: 128},
		{name: propName, kind: aString, replaces: true},
		{name: propRole, kind: aString, required: true},
		{name: "runtime", kind: aString},
		{name: "skipDestroy", kind: aBoolean, byDefault: false, local: true},
		{name: propCodeHash, kind: aString, keeps: true, local: true},
		tagsInput,
		{name: "timeout", kind: anInteger, byDefault: 3},
		{name: "packageType", kind: aString, replaces: true, byDefault: "Zip", unmodelled: true},
		{name: "publish", kind: aBoolean, byDefault: false, unmodelled: true},
		{name: "reservedConcurrentExecutions", kind: anInteger, byDefault: -1, unmodelled: true},
		{name: "codeSigningConfigArn", kind: aString, unmodelled: true},
		{name: "deadLetterConfig", kind: anObject, unmodelled: true},
		{name: "ephemeralStorage", kind: anObject, keeps: true, unmodelled: true},
		{name: "fileSystemConfig", kind: anObject, unmodelled: true},
		{name: "imageConfig", kind: anObject, unmodelled: true},
		{name: "imageUri", kind: aString, unmodelled: true},
		{name: "kmsKeyArn", kind: aString, unmodelled: true},
		{name: "layers", kind: aSet, unmodelled: true},
		{name: "replaceSecurityGroupsOnDestroy", kind: aBoolean, unmodelled: true},
		{name: "replacementSecurityGroupIds", kind: aSet, unmodelled: true},
		{name: "s3Bucket", kind: aString, unmodelled: true},
		{name: "s3Key", kind: aString, unmodelled: true},
		{name: "s3ObjectVersion", kind: aString, unmodelled: true},
		{name: "snapStart", kind: anObject, unmodelled: true},
		{name: "tracingConfig", kind: anObject, keeps: true, unmodelled: true},
		{name: "vpcConfig", kind: anObject, unmodelled: true},
	},
	outputs: []string{"arn", "codeSha256", "invokeArn", "lastModified", "qualifiedArn", "qualifiedInvokeArn", "sourceCodeSize", propTagsAll, "version"},
	moves:   map[string][]string{"lastModified": codeInputs},
	unique:  propName,
	creates: "CreateFunction",
	calls:   []string{"DeleteFunction", "UpdateFunctionCode", "UpdateFunctionConfiguration"},
	tags:    resourceTags((*cloud.Region).TagFunction, (*cloud.Region).UntagFunction),
	create:  createFunction,
	read:    readFunction,
	update:  updateFunction,
	delete: func(c *client, id string, state values) error {
		if state.boolean("skipDestroy") {
			return nil
		}
		return c.region.DeleteFunction(id)
	},
	locate: byID,
	list:   inRegion((*cloud.Region).ListFunctions, func(f cloud.Function) string { return f.FunctionName }),
}

// codeInputs are the inputs whose change uploads the code.
var codeInputs = []string{propArchitectures, propCode, propCodeHash}

func createFunction(c *client, in values) (string, values, error) {
	code, err := in.zipFile(propCode)
	if err != nil {
		return "", nil, err
	}
	f, err := c.region.CreateFunction(cloud.CreateFunctionInput{
		FunctionName: physicalName(in), FunctionSettings: functionSettings(in), Architectures: in.strings(propArchitectures),
		ZipFile: code, Tags: in.stringMap(propTags),
	})
	return f.FunctionName, nil, err
}

func functionSettings(in values) cloud.FunctionSettings {
	logging := in.object(propLogging)
	return cloud.FunctionSettings{
		Role:        in.str(propRole),
		Runtime:     in.str("runtime"),
		Handler:     in.str("handler"),
		Description: in.str("description"),
		MemorySize:  in.integer("memorySize"),
		Timeout:     in.integer("timeout"),
		Environment: in.object(propEnvironment).stringMap("variables"),
		Logging:     cloud.FunctionLogging{Format: logging.str("logFormat"), Group: logging.str("logGroup")},
	}
}

func updateFunction(c *client, ch *change) error {
	if ch.of("description", propEnvironment, "handler", propLogging, "memorySize", propRole, "runtime", "timeout") {
		in := ch.new
		if !in.has(propLogging) {
			in = in.overlaid(values{propLogging: ch.old[propLogging]})
		}
		if err := c.region.UpdateFunctionConfiguration(ch.id, functionSettings(in)); err != nil {
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

func readFunction(c *client, id string, _ values) (values, error) {
	f, err := c.region.GetFunction(id)
	if err != nil {
		return absent(err)
	}
	out := values{}
	out.setStrings(propArchitectures, f.Architectures)
	out.setString("description", f.Description)
	if len(f.Environment) > 0 {
		out[propEnvironment] = objectValue(values{"variables": mapValue(f.Environment)})
	}
	out.setString("handler", f.Handler)
	logging := values{}
	logging.setString("logFormat", f.Logging.Format)
	logging.setString("logGroup", f.Logging.Group)
	out[propLogging] = objectValue(logging)
	out.setNumber("memorySize", float64(f.MemorySize))
	out.setString(propName, f.FunctionName)
	out.setString(propRole, f.Role)
	out.setString("runtime", f.Runtime)
	out.setMap(propTags, f.Tags)
	out.setNumber("timeout", float64(f.Timeout))
	out.setString("packageType", "Zip")
	out.setBool("publish", false)
	out.setNumber("reservedConcurrentExecutions", -1)
	setFunctionOutputs(f, out)
	return out, nil
}

// setFunctionOutputs writes what follows from a function's ARN and its code.
func setFunctionOutputs(f cloud.Function, out values) {
	qualified := f.ARN + ":" + cloud.VersionLatest
	out.setString("arn", f.ARN)
	out.setString("codeSha256", f.CodeSha256)
	out.setString("invokeArn", cloud.InvokeARN(f.ARN))
	out.setString("lastModified", f.LastModified.Format("2006-01-02T15:04:05.000-0700"))
	out.setString("qualifiedArn", qualified)
	out.setString("qualifiedInvokeArn", cloud.InvokeARN(qualified))
	out.setNumber("sourceCodeSize", float64(f.CodeSize))
	out.setString("version", cloud.VersionLatest)
}
