package dynamowiretest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

const (
	dateFormat = "20060102T150405Z"
	// clockSkew is how far a request's date may be from now.
	clockSkew = 5 * time.Minute
)

// SignedBy is a [Server]'s Verify that accepts requests signed with one access
// key for one region: it signs what was received once more, and compares.
func SignedBy(key aws.Credentials, region string) func(r *http.Request, body []byte) error {
	return func(r *http.Request, body []byte) error {
		at, err := time.Parse(dateFormat, r.Header.Get("X-Amz-Date"))
		if err != nil {
			return errors.New("X-Amz-Date must be a date such as 20060102T150405Z")
		}
		if skew := time.Since(at).Abs(); skew > clockSkew {
			return fmt.Errorf("signature expired: it is %s from now", skew.Round(time.Second))
		}
		again := r.Clone(r.Context())
		again.Header = http.Header{}
		_, list, _ := strings.Cut(r.Header.Get("Authorization"), "SignedHeaders=")
		list, _, _ = strings.Cut(list, ",")
		for name := range strings.SplitSeq(list, ";") {
			if name = http.CanonicalHeaderKey(name); r.Header[name] != nil {
				again.Header[name] = r.Header[name]
			}
		}
		sum := sha256.Sum256(body)
		again.URL.Host = r.Host
		if err := v4.NewSigner().SignHTTP(r.Context(), key, again, hex.EncodeToString(sum[:]), "dynamodb", region, at); err != nil {
			return err
		}
		if again.Header.Get("Authorization") != r.Header.Get("Authorization") {
			return errors.New("the request signature we calculated does not match the signature you provided")
		}
		return nil
	}
}
