package metadata

import (
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/loopback"
)

const (
	pathToken       = "/latest/api/token"
	pathCredentials = "/latest/meta-data/iam/security-credentials"

	headerToken = "X-Aws-Ec2-Metadata-Token"
	headerTTL   = "X-Aws-Ec2-Metadata-Token-Ttl-Seconds"

	// linkLocal is the service's address on an instance.
	linkLocal = "169.254.169.254"
)

type handler struct {
	tokens      *tokens
	credentials *credentials
	accountID   string
	region      string
	instance    string // its id
	now         func() time.Time
	optional    func() bool // whether requests need no token; nil if all do
}

// New returns the metadata service of an instance in a region of an account. The
// instance has the instance profile with that name. Now returns the time; nil for the
// system's.
func New(c *cloud.Cloud, account, region, profile string, now func() time.Time) http.Handler {
	instance := "i-0" + hex.EncodeToString(random(8))
	return newHandler(c, account, region, instance, func() string { return profile }, now)
}

func newHandler(c *cloud.Cloud, account, region, instance string, profile func() string, now func() time.Time) *handler {
	if now == nil {
		now = time.Now
	}
	return &handler{
		tokens:      newTokens(),
		credentials: &credentials{account: c.Account(account), profile: profile, instance: instance},
		accountID:   account, region: region, instance: instance, now: now,
	}
}

// ServeHTTP implements [http.Handler].
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	switch {
	case !loopback.IsOwn(r.Host, linkLocal):
		refuse(w, http.StatusMisdirectedRequest)
	case r.URL.Path == pathToken && r.Method == http.MethodPut:
		h.putToken(w, r)
	case r.URL.Path == pathToken:
		w.Header().Set("Allow", http.MethodPut)
		refuse(w, http.StatusMethodNotAllowed)
	case r.Method != http.MethodGet:
		w.Header().Set("Allow", http.MethodGet)
		refuse(w, http.StatusMethodNotAllowed)
	case !h.authorized(r.Header.Values(headerToken)):
		refuse(w, http.StatusUnauthorized)
	default:
		h.get(w, strings.TrimSuffix(r.URL.Path, "/"))
	}
}

// authorized reports whether a request with these tokens may read. An invalid token is
// rejected even if none is required.
func (h *handler) authorized(tokens []string) bool {
	if len(tokens) == 0 {
		return h.optional != nil && h.optional()
	}
	return h.tokens.valid(tokens[0], h.now())
}

// putToken creates a token. It refuses requests through a proxy, as their client may
// be outside of the instance.
func (h *handler) putToken(w http.ResponseWriter, r *http.Request) {
	if r.Header.Values("X-Forwarded-For") != nil {
		refuse(w, http.StatusForbidden)
		return
	}
	text := r.Header.Get(headerTTL)
	seconds, err := strconv.ParseUint(text, 10, 31)
	if err != nil || seconds < 1 || seconds > maxTTL {
		refuse(w, http.StatusBadRequest)
		return
	}
	w.Header().Set(headerTTL, strconv.FormatUint(seconds, 10))
	writeText(w, h.tokens.make(h.now().Add(time.Duration(seconds)*time.Second)))
}

func (h *handler) get(w http.ResponseWriter, path string) {
	name, ofRole := strings.CutPrefix(path, pathCredentials+"/")
	switch {
	case path == "/latest/meta-data/instance-id":
		writeText(w, h.instance)
	case path == "/latest/meta-data/placement/region":
		writeText(w, h.region)
	case path == "/latest/meta-data/placement/availability-zone":
		writeText(w, h.zone())
	case path == "/latest/dynamic/instance-identity/document":
		writeJSON(w, h.identity())
	case path == pathCredentials:
		h.getRoleName(w)
	case path == "/latest/meta-data/iam/info":
		h.getInfo(w)
	case ofRole:
		h.getCredentials(w, name)
	default:
		refuse(w, http.StatusNotFound)
	}
}

func (h *handler) zone() string { return h.region + "a" }

// identity returns the modelled part of an instance's identity document.
func (h *handler) identity() any {
	return struct {
		AccountID  string `json:"accountId"`
		Zone       string `json:"availabilityZone"`
		InstanceID string `json:"instanceId"`
		Region     string `json:"region"`
		Version    string `json:"version"`
	}{h.accountID, h.zone(), h.instance, h.region, "2017-09-30"}
}

func writeText(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain")
	_, _ = io.WriteString(w, text) // a write error means that the client is gone
}

func writeJSON(w http.ResponseWriter, value any) {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil { // plain data: cannot happen
		refuse(w, http.StatusInternalServerError)
		return
	}
	writeText(w, string(text))
}

func refuse(w http.ResponseWriter, status int) {
	http.Error(w, strconv.Itoa(status)+" - "+http.StatusText(status), status)
}
