// Package live calls the API of a stack that is deployed on AWS with signed
// requests, and holds what comes of it against the stack's access matrix.
//
//	LIVE_STACK=dev go test -count=1 -v ./tests/live
//
// It needs a `pulumi` that is logged in where the stack has its state, and calls
// as anyone and as each user to whom the stack gives an access key. It adds and
// changes nothing behind the product service: its requests have a body that the
// service refuses. A backend of your own must bear {}.
package live

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"iam-secured-api/components/access"
)

// Cells of the output accessMatrix; a third kind begins with "allow if ".
const allow, deny = "allow", "deny"

// Outputs are a stack's, as far as they are needed here.
type Outputs struct {
	InvokeURL    string                       `json:"invokeUrl"`
	ExecutionARN string                       `json:"executionArn"`
	AccessMatrix map[string]map[string]string `json:"accessMatrix"`
	Users        map[string]struct {
		AccessKeyID string `json:"accessKeyId"`
	} `json:"users"`
	SecretAccessKeys map[string]string `json:"secretAccessKeys"`
}

// Read reads what `pulumi stack output --json --show-secrets` prints.
func Read(text []byte) (Outputs, error) {
	var o Outputs
	if err := json.Unmarshal(text, &o); err != nil {
		return Outputs{}, fmt.Errorf("the stack's outputs cannot be read: %w", err)
	}
	if o.InvokeURL == "" || len(strings.Split(o.ExecutionARN, ":")) != 6 || o.AccessMatrix[access.Anyone] == nil {
		return Outputs{}, fmt.Errorf("the stack has not the outputs invokeUrl, executionArn and accessMatrix: is it deployed?")
	}
	return o, nil
}

// Found is what the calls showed.
type Found struct {
	Calls   int      // that were compared
	LeftOut []string // cells that hang on a condition, and principals of a row that several share
	Wrong   []string // calls that were decided otherwise than the matrix says
}

// Prove calls every route as everyone whose credentials the outputs hold. A call
// that is not decided as the matrix says is made again until patience is over, as
// IAM is eventually consistent. The error is for calls that cannot be made.
func (o Outputs) Prove(ctx context.Context, client *http.Client, patience time.Duration) (Found, error) {
	var found Found
	names := []string{access.Anyone}
	for _, user := range slices.Sorted(maps.Keys(o.SecretAccessKeys)) {
		names = append(names, "user/"+user)
	}
	for _, name := range names {
		row, shown := o.AccessMatrix[name]
		if !shown {
			found.LeftOut = append(found.LeftOut, name)
			continue
		}
		if err := o.proveRow(ctx, client, name, row, patience, &found); err != nil {
			return found, err
		}
	}
	return found, nil
}

func (o Outputs) proveRow(ctx context.Context, client *http.Client, name string, row map[string]string, patience time.Duration, found *Found) error {
	declared := map[string]access.Authorization{}
	for key := range row {
		declared[key] = access.IAM
	}
	routes, errs := access.NewRoutes(declared)
	if len(errs) > 0 {
		return errs[0]
	}
	for _, route := range routes {
		want := row[route.Key.String()]
		if want != allow && want != deny {
			found.LeftOut = append(found.LeftOut, name+" "+route.Key.String()+": "+want)
			continue
		}
		for _, request := range routes.Examples(route) {
			got, err := o.observe(ctx, client, name, request, want, patience)
			if err != nil {
				return fmt.Errorf("%s %s as %s: %w", request.Method, request.Path, name, err)
			}
			if found.Calls++; got != want {
				found.Wrong = append(found.Wrong, fmt.Sprintf("%s %s as %s: %s, not %s", request.Method, request.Path, name, got, want))
			}
		}
	}
	return nil
}

// observe makes a call until it is decided as wanted, or patience is over.
func (o Outputs) observe(ctx context.Context, client *http.Client, name string, request access.Invoke, want string, patience time.Duration) (string, error) {
	for end := time.Now().Add(patience); ; {
		got, err := o.call(ctx, client, name, request)
		if err != nil || got == want || time.Now().After(end) {
			return got, err
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(2 * time.Second):
		}
	}
}

// call makes a call and tells allow, deny, or what else came of it.
func (o Outputs) call(ctx context.Context, client *http.Client, name string, target access.Invoke) (string, error) {
	body := ""
	if slices.Contains([]string{http.MethodPost, http.MethodPut, http.MethodPatch}, target.Method) {
		body = "{}"
	}
	request, err := http.NewRequestWithContext(ctx, target.Method, o.InvokeURL+target.Path, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	if user, signed := strings.CutPrefix(name, "user/"); signed {
		key := aws.Credentials{AccessKeyID: o.Users[user].AccessKeyID, SecretAccessKey: o.SecretAccessKeys[user]}
		sum := sha256.Sum256([]byte(body))
		region := strings.Split(o.ExecutionARN, ":")[3]
		if err := v4.NewSigner().SignHTTP(ctx, key, request, hex.EncodeToString(sum[:]), "execute-api", region, time.Now()); err != nil {
			return "", err
		}
	}
	response, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return "", err
	}
	forbidden := target.Method == http.MethodHead || strings.TrimSpace(string(answer)) == `{"message":"Forbidden"}`
	switch status := response.StatusCode; {
	case status == http.StatusForbidden && forbidden:
		return deny, nil
	case status == http.StatusTooManyRequests || status >= http.StatusInternalServerError:
		return fmt.Sprintf("status %d", status), nil
	}
	return allow, nil
}
