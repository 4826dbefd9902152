package components

import (
	"errors"
	"regexp"
	"strings"
)

var (
	reHostName       = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	reCertificateArn = regexp.MustCompile(`^arn:aws[a-z-]*:acm:[a-z]{2}[a-z0-9-]*-\d:\d{12}:certificate/[A-Za-z0-9-]{1,64}$`)
	reHostedZoneId   = regexp.MustCompile(`^Z[A-Z0-9]{1,31}$`)
	reTruststoreUri  = regexp.MustCompile(`^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[!-~]+$`)
	reObjectVersion  = regexp.MustCompile(`^[!-~]+$`)
)

// maxObjectText is the maximum length of keys and versions in S3.
const maxObjectText = 1024

// CheckDomainName checks the name of a domain.
func CheckDomainName(name string) error {
	if strings.HasPrefix(name, "*") {
		return errors.New("must be a single name, such as api.example.com: requests have no URL with a wildcard")
	}
	last := name[strings.LastIndexByte(name, '.')+1:]
	if !isHostName(name) || last == name || strings.Trim(last, "0123456789") == "" {
		return errors.New("must be a DNS name in lower case, such as api.example.com: two or more labels " +
			"of up to 63 letters, digits and hyphens, up to 253 characters, without a dot at the end")
	}
	return nil
}

// isHostName reports whether a text is the name of a host in lower case.
func isHostName(text string) bool { return len(text) <= 253 && reHostName.MatchString(text) }

// CheckCertificateArn checks the ARN of a certificate of AWS Certificate Manager.
func CheckCertificateArn(arn string) error {
	if !reCertificateArn.MatchString(arn) {
		return errors.New("must be the ARN of a certificate in AWS Certificate Manager, " +
			"such as arn:aws:acm:us-east-1:111122223333:certificate/ID")
	}
	return nil
}

// CheckHostedZoneId checks the id of a hosted zone of Route 53.
func CheckHostedZoneId(id string) error {
	if !reHostedZoneId.MatchString(id) {
		return errors.New("must be the id of a hosted zone, Z and 1 to 31 capital letters and digits, without /hostedzone/")
	}
	return nil
}

// CheckTruststoreUri checks the address of a truststore in S3.
func CheckTruststoreUri(uri string) error {
	_, key, _ := strings.Cut(strings.TrimPrefix(uri, "s3://"), "/")
	if !reTruststoreUri.MatchString(uri) || strings.Contains(uri, "..") || strings.HasSuffix(uri, "/") || len(key) > maxObjectText {
		return errors.New("must be the address of an object in S3, s3://BUCKET/KEY, with a key of up to 1,024 characters without spaces")
	}
	return nil
}

// CheckTruststoreVersion checks the version of a truststore's object in S3.
func CheckTruststoreVersion(version string) error {
	if !reObjectVersion.MatchString(version) || len(version) > maxObjectText {
		return errors.New("must be the id of a version of the object, 1 to 1,024 characters without spaces")
	}
	return nil
}
