package sts

import (
	"encoding/xml"
	"net/http"
)

const namespace = "https://sts.amazonaws.com/doc/2011-06-15/"

// response is the response to an action.
type response struct {
	XMLName   xml.Name // of the action
	Xmlns     string   `xml:"xmlns,attr"`
	Result    any      // with an XMLName of its own
	RequestID string   `xml:"ResponseMetadata>RequestId"`
}

type assumeRoleResult struct {
	XMLName     xml.Name `xml:"AssumeRoleResult"`
	Credentials credentials
	roleSession
}

type webIdentityResult struct {
	XMLName     xml.Name `xml:"AssumeRoleWithWebIdentityResult"`
	Credentials credentials
	Subject     string `xml:"SubjectFromWebIdentityToken"`
	roleSession
	Provider string
	Audience string
}

type roleSession struct {
	AssumedRoleID    string `xml:"AssumedRoleUser>AssumedRoleId"`
	Arn              string `xml:"AssumedRoleUser>Arn"`
	PackedPolicySize int    `xml:",omitempty"` // percent
	SourceIdentity   string `xml:",omitempty"`
}

type credentials struct {
	AccessKeyID     string `xml:"AccessKeyId"`
	SecretAccessKey string
	SessionToken    string
	Expiration      string
}

type getSessionTokenResult struct {
	XMLName     xml.Name `xml:"GetSessionTokenResult"`
	Credentials credentials
}

type getCallerIdentityResult struct {
	XMLName xml.Name `xml:"GetCallerIdentityResult"`
	Arn     string
	UserID  string `xml:"UserId"`
	Account string
}

// write writes a response.
func write(w http.ResponseWriter, status int, id string, reply any) {
	body, err := xml.Marshal(reply)
	if err != nil { // plain data: cannot happen
		status, body = http.StatusInternalServerError, nil
	}
	w.Header().Set("Content-Type", "text/xml")
	w.Header().Set("Cache-Control", "no-store") // it may hold credentials
	w.Header().Set("X-Amzn-Requestid", id)
	w.WriteHeader(status)
	_, _ = w.Write(body) // a write error means that the client is gone
}
