package gateway_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/prove"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/gateway"
	"iam-secured-api/internal/sandbox/loopback"
	"iam-secured-api/internal/sandbox/oidc"
	"iam-secured-api/internal/sandbox/sandboxtest"
)

const (
	region    = "us-east-1"
	forbidden = `{"message":"Forbidden"}`
	notFound  = `{"message":"Not Found"}`
	tableARN  = "arn:aws:dynamodb:us-east-1:111122223333:table/products"
	tea       = `{"name":"Tea","price":450,"currency":"EUR"}`

	logFormat = `{"id":"$context.requestId","status":"$context.status","route":"$context.routeKey","path":"$context.path","arn":"$context.identity.userArn",` +
		`"agent":"$context.identity.userAgent","error":"$context.error.message","why":"$context.authorizer.error","backend":"$context.integrationStatus","none":"$context.nothing"}`
)

// world is an API with its function and its callers.
type world struct {
	t           testing.TB
	cloud       *cloud.Cloud
	account     *cloud.Account
	region      *cloud.Region
	api         cloud.API
	function    string
	table       string
	integration cloud.Integration
	john, jane  aws.Credentials // john may GET /products, jane everything in the stage prod
	options     gateway.Options
	url         string // without a stage

	mu        sync.Mutex
	clock     time.Time // zero for the system's
	calls     []gateway.Request
	functions gateway.Functions // nil for shop
}

// newWorld creates and serves an API with GET and POST /products under IAM.
func newWorld(t testing.TB, change func(*gateway.Options)) *world {
	c := cloud.New()
	w := &world{t: t, cloud: c, account: c.Account(cloud.APIAccount), region: c.Account(cloud.APIAccount).Region(region)}
	w.makeFunction()
	w.api = sandboxtest.Must(w.region.CreateApi(cloud.APISettings{Name: "shop", ProtocolType: "HTTP"}))
	w.integration = sandboxtest.Must(w.region.CreateIntegration(w.api.APIID, cloud.IntegrationSettings{
		IntegrationType: "AWS_PROXY", IntegrationURI: sandboxtest.Must(w.region.GetFunction(w.function)).ARN, PayloadFormatVersion: "2.0",
	}))
	sandboxtest.OK(w.region.AddPermission(w.function, permission("api", w.api.ExecutionARN+"/prod/*")))
	w.route("GET /products", cloud.AuthIAM)
	w.route("POST /products", cloud.AuthIAM)
	w.stage("prod")
	w.john = w.user("john", w.allow("prod/GET/products"))
	w.jane = w.user("jane", w.allow("prod/*"))
	tokens := oidc.NewVerifier(keyServer.URL, oidc.Options{Algorithms: oidc.RSA, Now: w.now})
	w.options = gateway.Options{Now: w.now, Observe: w.observe, Functions: w.run, Tokens: tokens}
	if change != nil {
		change(&w.options)
	}
	w.url = w.serve(w.api)
	return w
}

// serve serves an API and returns its URL.
func (w *world) serve(api cloud.API) string {
	server := sandboxtest.Must(loopback.Serve(gateway.New(w.cloud, cloud.APIAccount, region, api.APIID, w.options)))
	w.t.Cleanup(func() {
		client.CloseIdleConnections()
		require.NoError(w.t, server.Close())
	})
	return server.URL()
}

func (w *world) makeFunction() {
	w.table = sandboxtest.Must(w.region.CreateTable(cloud.CreateTableInput{
		TableName: "products", BillingMode: cloud.BillingPerRequest, HashKey: "id", Attributes: map[string]string{"id": "S"},
	})).TableName
	role := sandboxtest.Must(w.account.CreateRole(cloud.CreateRoleInput{RoleName: "service", AssumeRolePolicyDocument: sandboxtest.TrustService("lambda")}))
	for name, document := range map[string]string{
		"table": sandboxtest.Document("Allow", "dynamodb:*", tableARN),
		"log":   sandboxtest.Document("Allow", "logs:PutLogEvents", "arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/products:*"),
	} {
		sandboxtest.OK(w.account.RolePolicies().Put("service", cloud.InlinePolicy{PolicyName: name, PolicyDocument: document}))
	}
	sandboxtest.OK(w.region.CreateLogGroup("/aws/lambda/products", "", nil))
	w.function = sandboxtest.Must(w.region.CreateFunction(cloud.CreateFunctionInput{
		FunctionName: "products", Architectures: []string{"arm64"}, ZipFile: sandboxtest.Zip("bootstrap", "program"),
		FunctionSettings: cloud.FunctionSettings{
			Role: role.ARN, Runtime: "provided.al2023", Handler: "bootstrap", Timeout: 10, Environment: map[string]string{"TABLE_NAME": w.table},
		},
	})).FunctionName
}

func (w *world) route(key, authorization string) {
	sandboxtest.Must(w.region.CreateRoute(w.api.APIID, cloud.RouteSettings{RouteKey: key, AuthorizationType: authorization, Target: w.integration.Target()}))
}

func (w *world) stage(name string) {
	if _, err := w.region.DescribeLogGroup("calls"); err != nil {
		sandboxtest.OK(w.region.CreateLogGroup("calls", "", nil))
	}
	sandboxtest.Must(w.region.CreateStage(w.api.APIID, name, w.settings()))
}

func (w *world) settings() cloud.StageSettings {
	return cloud.StageSettings{AutoDeploy: true, AccessLog: &cloud.AccessLog{
		DestinationARN: sandboxtest.Must(w.region.DescribeLogGroup("calls")).ARN, Format: logFormat,
	}}
}

// allow is a document that allows resources of the API.
func (w *world) allow(resources ...string) string {
	var arns []string
	for _, r := range resources {
		arns = append(arns, `"`+w.api.ExecutionARN+"/"+r+`"`)
	}
	return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"execute-api:Invoke","Resource":[` + strings.Join(arns, ",") + `]}}`
}

func (w *world) user(name, document string) aws.Credentials {
	sandboxtest.Must(w.account.CreateUser(cloud.CreateUserInput{UserName: name}))
	sandboxtest.OK(w.account.UserPolicies().Put(name, cloud.InlinePolicy{PolicyName: "calls", PolicyDocument: document}))
	return credentials(sandboxtest.Must(w.account.CreateAccessKey(name)))
}

func credentials(k cloud.AccessKey) aws.Credentials {
	return aws.Credentials{AccessKeyID: k.AccessKeyID, SecretAccessKey: k.SecretAccessKey}
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.clock.IsZero() {
		return time.Now()
	}
	return w.clock
}

func (w *world) setClock(at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = at
}

// run runs the functions that the test has set, or shop.
func (w *world) run(f gateway.Function) (lambda.Handler, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.functions != nil {
		return w.functions(f)
	}
	return shop(f)
}

func (w *world) setHandler(handler lambda.Handler) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.functions = func(gateway.Function) (lambda.Handler, error) { return handler, nil }
}

func (w *world) observe(call gateway.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, call)
}

// invoked counts the requests that have reached the backend.
func (w *world) invoked() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, call := range w.calls {
		if call.Invoked {
			n++
		}
	}
	return n
}

// products counts what the table holds.
func (w *world) products() int {
	role := sandboxtest.Must(w.region.GetFunction(w.function)).Role
	return len(sandboxtest.Must(w.region.TableRows(w.table, role).After("", 1<<20)))
}

// shop runs the function: GET lists the products of its table, POST adds one.
func shop(f gateway.Function) (lambda.Handler, error) {
	table := f.Environment["TABLE_NAME"]
	if table == "" {
		return nil, errors.New("TABLE_NAME is not set")
	}
	rows := f.Table(table)
	serve := func(r events.APIGatewayV2HTTPRequest) (status int, body string, err error) {
		if !strings.HasSuffix(r.RawPath, "/products") {
			return http.StatusNotFound, "{}", nil
		}
		if r.RequestContext.HTTP.Method == http.MethodGet {
			values, err := rows.After("", 1<<20)
			return http.StatusOK, `{"products":[` + string(bytes.Join(values, []byte(","))) + "]}", err
		}
		var product struct{ ID, Name, CreatedBy string }
		if err := json.Unmarshal([]byte(r.Body), &product); err != nil {
			return http.StatusBadRequest, "{}", nil
		}
		product.ID, product.CreatedBy = r.RequestContext.RequestID, r.RequestContext.Authorizer.IAM.UserARN
		value := sandboxtest.Must(json.Marshal(product))
		_, err = rows.Insert(product.ID, value)
		return http.StatusCreated, string(value), err
	}
	return gateway.EventHandler(func(_ context.Context, r events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		status, body, err := serve(r)
		if err != nil {
			fmt.Fprintln(f.Log(), err)
			status, body = http.StatusInternalServerError, `{"message":"internal error"}`
		}
		return events.APIGatewayV2HTTPResponse{StatusCode: status, Body: body}, nil
	}), nil
}

// request returns a request to a path, with the stage.
func (w *world) request(method, path, body string) *http.Request {
	r := sandboxtest.Must(http.NewRequestWithContext(context.Background(), method, w.url+path, strings.NewReader(body)))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

// sign signs a request as it stands with the SDK's signer.
func (w *world) sign(r *http.Request, key aws.Credentials, body string) *http.Request {
	sandboxtest.OK(prove.Sign(r, key, body, region, w.now()))
	return r
}

func hash(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}

// send sends a request and returns status and body.
func (w *world) send(r *http.Request) (int, string) {
	response, err := client.Do(r)
	require.NoError(w.t, err)
	defer response.Body.Close()
	return response.StatusCode, string(sandboxtest.Must(io.ReadAll(response.Body)))
}

var client = prove.NewHTTP(&http.Transport{MaxIdleConnsPerHost: 200})

// as sends a signed request.
func (w *world) as(key aws.Credentials, method, path, body string) (int, string) {
	return w.send(w.sign(w.request(method, path, body), key, body))
}
