package cloud

import (
	"crypto/x509"
	"encoding/pem"
	"slices"
	"strings"
)

// Certificate is a certificate in AWS Certificate Manager. The endpoints create the one that
// clients receive.
type Certificate struct {
	ARN      string   `state:",title"`
	Names    []string // DNS names, with * for one label at the beginning
	Imported bool     // or of a private authority: ACM did not verify who owns the names
}

// truststore is a versioned object in S3 with the certificates of authorities.
type truststore struct {
	URI      string            `state:",title"`
	Latest   string            // version
	Versions map[string]string `state:"-"` // contents
}

// AddCertificate adds a certificate to AWS Certificate Manager.
func (r *Region) AddCertificate(c Certificate) error {
	return r.mutate("ImportCertificate", c.ARN, func(st *region) error {
		if st.Certificates == nil {
			st.Certificates = map[string]*Certificate{}
		}
		st.Certificates[c.ARN] = &c
		return nil
	})
}

// AddTruststore adds a version of a truststore to a bucket of S3 in the region.
func (r *Region) AddTruststore(uri, version, content string) error {
	return r.mutate("PutObject", uri, func(st *region) error {
		if st.Truststores == nil {
			st.Truststores = map[string]*truststore{}
		}
		o := st.Truststores[uri]
		if o == nil {
			o = &truststore{URI: uri, Versions: map[string]string{}}
			st.Truststores[uri] = o
		}
		o.Latest, o.Versions[version] = version, content
		return nil
	})
}

// certificate returns a certificate that covers a domain name.
func (r *region) certificate(arn, name string) (*Certificate, error) {
	c := r.Certificates[arn]
	if c == nil {
		return nil, errorf(CodeBadRequest, "The provided certificate does not exist: %s", arn)
	}
	if !slices.ContainsFunc(c.Names, func(pattern string) bool { return covers(pattern, name) }) {
		return nil, errorf(CodeBadRequest, "The domain name to be created is not covered by the provided certificate: %s", name)
	}
	return c, nil
}

// covers reports whether a name of a certificate, whose first label may be *, covers a
// host.
func covers(pattern, host string) bool {
	if parent, wild := strings.CutPrefix(pattern, "*."); wild {
		_, rest, _ := strings.Cut(host, ".")
		return rest == parent
	}
	return pattern == host
}

// truststore returns the certificates of a truststore. AWS does not document its errors.
func (r *region) truststore(uri, version string) (string, error) {
	o := r.Truststores[uri]
	if o == nil {
		return "", errorf(CodeBadRequest, "the truststore %s does not exist in S3", uri)
	}
	if version == "" {
		version = o.Latest
	}
	content, found := o.Versions[version]
	if !found {
		return "", errorf(CodeBadRequest, "the truststore %s has no version %s", uri, version)
	}
	if block, _ := pem.Decode([]byte(content)); block == nil || !x509.NewCertPool().AppendCertsFromPEM([]byte(content)) {
		return "", errorf(CodeBadRequest, "the truststore %s contains no certificate in PEM", uri)
	}
	return content, nil
}

// Truststore returns the latest version of a truststore.
func (r *Region) Truststore(uri string) (content string, err error) {
	err = r.view(func(st *region) error {
		if st.Truststores[uri] == nil {
			return errorf(CodeNotFound, "no truststore %s", uri)
		}
		content = st.Truststores[uri].Versions[st.Truststores[uri].Latest]
		return nil
	})
	return content, err
}
