// Package gateway is the door to one HTTP API of a simulated AWS account: what
// API Gateway does with a call, over plain HTTP.
//
// In this order: it finds the stage and the route, throttles, verifies the
// signature (package sigv4), has the caller's policies decide (package iam) on
// the method and path of the request itself, and passes the call on: to a
// function in payload format 2.0, with the caller's identity, or to a URL. Every
// call of a stage, a refused one too, becomes a line of the stage's access log,
// in its own format.
//
// Statuses and bodies are those of AWS where they are known: 404 for what is not
// routed, 403 {"message":"Forbidden"} for whoever may not, 429 beyond the
// throttle. Judged rather than known: which route takes a call if AWS documents no
// order between several ([access.Routes.Candidates]); that a call is throttled before
// it is authorized, with one bucket for all routes of a stage that have no limits of
// their own; 431 for headers beyond 10,240 bytes; that paths are never decoded or
// cleaned before they are compared; and that a URL backend gets no signature, no
// session token, no other header X-Amz- and no Upgrade. The Host must be this
// machine with the port of the door itself: a signature covers it, so that what
// was signed for one API is refused at another's, as on AWS.
//
// It does not model CORS, JWT and Lambda authorizers, payload format 1.0, and
// parameter mappings other than overwrite:path. Where an API has them, calls
// fail and the log says why.
package gateway
