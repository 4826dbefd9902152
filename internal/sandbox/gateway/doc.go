// Package gateway is the endpoint of one HTTP API of a simulated AWS account. It
// handles requests as API Gateway does, over plain HTTP.
//
// In this order, it finds the stage and the route; throttles; authorizes; and passes the
// request on: to a function in payload format 2.0, with the principal's identity or the
// token's claims, or to a URL. Every request to a stage, even a denied one, is a line in
// the stage's access log, in the stage's format.
//
// A route under IAM verifies the signature (package sigv4) and decides on the method and
// path of the request itself, by the principal's policies (package iam). A route with a
// JWT authorizer verifies the token in the Authorization header, with or without Bearer
// (package oidc). Then it checks the audience, which is client_id if aud is absent. Then
// it checks that scope or scp has one of the route's scopes. Neither kind of route
// accepts the credentials of the other.
//
// Functions run in this process: [Options] has what runs them. A function's tables
// and log are reached with the permissions of its role.
//
// Statuses and bodies are those of AWS where they are known: 404 if no route matches; 403
// {"message":"Forbidden"} if the request is denied; 401 {"message":"Unauthorized"} if the
// token is missing or invalid, or its issuer does not respond; 403 if the token does not
// have the scope; 429 beyond the throttle. These are assumptions:
//   - which route takes a request if AWS documents no order between several
//     ([access.Routes.Candidates]);
//   - a request is throttled before it is authorized, with one bucket for all routes
//     of a stage that have no limits of their own;
//   - 431 for headers beyond 10,240 bytes;
//   - routes and policies are compared with the path as it was sent, never decoded or
//     cleaned: AWS does not document which path a policy is asked about, and functions
//     get the path decoded;
//   - the WWW-Authenticate header for a missing token, and the description for a missing
//     scope; several Authorization headers, and Bearer in another case, are refused;
//   - a function gets the token's scopes if the route requires some, and nested objects
//     in claims as JSON;
//   - the gateway's own refusals have CORS headers, except of requests that it refuses
//     before it knows their API and stage: AWS documents them for responses of backends;
//   - preflights are throttled as requests without a route, and logged; Vary is sent; the
//     lists of a preflight's response do not depend on what it asks for;
//   - a URL backend gets no Authorization, no session token, no other header X-Amz- and
//     no Upgrade.
//
// The Host must be this machine with the port of the endpoint itself. A signature
// covers it, so that a request that was signed for one API is denied at another's,
// as on AWS.
//
// An API with CORS answers preflights that no route takes with 204. Preflights that a
// route takes, such as ANY or $default, are like any other request to it: under IAM or
// tokens they are refused, as AWS documents for $default. The API's CORS headers replace
// those of the backend.
//
// It does not model Lambda authorizers, payload format 1.0, and parameter mappings other
// than overwrite:path. Where an API has them, requests fail and the log says why.
package gateway
