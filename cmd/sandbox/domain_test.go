package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/gateway"
)

// domainOf returns a configuration with a domain, whose other fields are in JSON.
func domainOf(t *testing.T, fields string) object {
	domain := object{"name": "api.example.com", "certificateArn": "arn:aws:acm:us-east-1:111122223333:certificate/own"}
	var more object
	require.NoError(t, json.Unmarshal([]byte(fields), &more))
	maps.Copy(domain, more)
	return object{
		"aws:region": "us-east-1", "backend": object{"url": "https://backend.example.com"}, "domain": domain,
		"authorizers": object{"shop": object{"issuer": "https://issuer.example.com", "audiences": []any{"shop"}}},
		"routes":      object{"GET /products": object{}, "POST /products": object{}, "GET /prod/x": object{"authorization": "shop"}},
		"policies":    object{"read": object{"allow": []any{"GET /products"}}},
		"groups":      object{"readers": object{"policies": []any{"read"}}},
		"users":       object{"ann": object{"groups": []any{"readers"}, "accessKey": true}, "bob": object{}},
		"roles":       object{"task": object{"trust": object{"service": "lambda"}, "policies": []any{"read"}}},
	}
}

const mutualTLS = `{"hostedZoneId": "Z1", "mutualTls": {"truststoreUri": "s3://shop/clients.pem", "truststoreVersion": "v7"}}`

// TestTrialOfADomain requires that every request of a trial goes to the domain, and that its
// decision is the matrix's.
func TestTrialOfADomain(t *testing.T) {
	for _, fields := range []string{`{}`, `{"hostedZoneId": "Z1"}`, mutualTLS, `{"keepEndpoint": true}`} {
		t.Run(fields, func(t *testing.T) {
			t.Parallel()
			trial, err := sandboxOf(t, domainOf(t, fields))
			require.NoError(t, err)
			require.NoError(t, trial.run(t.Context(), io.Discard, format{}), "%v", disagreeing(trial.result.Access.Principals))
			assert.Equal(t, "https://api.example.com", trial.result.Stacks[0].Outputs["invokeUrl"])
			for _, row := range trial.result.Access.Principals {
				for key, cell := range row {
					for _, call := range cell.Calls {
						assert.Equal(t, key, call.Request, "no stage in the path")
					}
				}
			}
		})
	}
}

// TestServedDomain sends the requests that serve prints with curl. It requires that only the
// user can read the files, and that they are removed.
func TestServedDomain(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		require.Empty(t, os.Getenv("CI"), "CI must have curl")
		t.Skip("curl is not installed")
	}
	for _, fields := range []string{`{}`, mutualTLS} {
		t.Run(fields, func(t *testing.T) {
			t.Parallel()
			trial, err := sandboxOf(t, domainOf(t, fields))
			require.NoError(t, err)
			outputs, err := trial.deployAll(t.Context())
			require.NoError(t, err)
			api, err := open(trial.aws, trial.plan, outputs, gateway.Options{Backend: standIn{}})
			require.NoError(t, err)
			defer api.endpoints.Close()
			s := api.served(nil)
			domain, remove, err := api.writeDomain()
			require.NoError(t, err)
			s.Domain = domain
			ann := api.outputs.Users["ann"].AccessKeyID
			s.Principals["user/ann"] = shownPrincipal{AccessKeyID: ann, SecretAccessKey: api.outputs.SecretAccessKeys["ann"]}
			var text strings.Builder
			require.NoError(t, s.write(&text, false))
			_, line, _ := strings.Cut(text.String(), "For example, as user/ann:\n\n")
			assert.Equal(t, "200", curl(t, line), text.String())
			assert.Equal(t, "403", curl(t, strings.Replace(line, "/products", "/products --request POST", 1)))
			assert.Equal(t, "403", curl(t, strings.Replace(line, "https://api", "--header Host:api.example.com:443 https://api", 1)))
			assert.Equal(t, "000", curl(t, strings.Replace(line, "--cacert", "--tls-max 1.1 --cacert", 1)))
			assert.Equal(t, "000", curl(t, strings.Replace(line, domain.CAFile, "/dev/null", 1)))
			if domain.CertificateFile != "" {
				without := strings.Replace(line, "--cert "+domain.CertificateFile+" --key "+domain.KeyFile, "", 1)
				assert.Equal(t, "000", curl(t, without), "without a certificate")
			}
			files, err := os.ReadDir(filepath.Dir(domain.CAFile))
			require.NoError(t, err)
			for _, file := range files {
				info, err := file.Info()
				require.NoError(t, err)
				assert.Equal(t, os.FileMode(0o600), info.Mode(), file.Name())
			}
			require.NoError(t, remove())
			assert.NoDirExists(t, filepath.Dir(domain.CAFile))
		})
	}
}

// curl runs a printed command and returns the status of the response, 000 for none.
func curl(t *testing.T, line string) string {
	args := append([]string{"--silent", "--noproxy", "*", "--output", "/dev/null", "--write-out", "%{http_code}"}, strings.Fields(line)[1:]...)
	var out bytes.Buffer
	command := exec.CommandContext(context.WithoutCancel(t.Context()), "curl", args...)
	command.Stdout = &out
	if err := command.Run(); err != nil && out.Len() == 0 {
		require.NoError(t, err, fmt.Sprint(args))
	}
	return out.String()
}
