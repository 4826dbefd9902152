package metadata

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/loopback"
	"iam-secured-api/internal/sandbox/oidc"
)

const (
	serviceTasks = "ecs-tasks.amazonaws.com"
	pathTasks    = "/v2/credentials/"
	pathPods     = "/v1/credentials"

	linkLocalTasks = "169.254.170.2"
	linkLocalPods  = "169.254.170.23"
)

// Containers is the [http.Handler] for the credentials of ECS tasks and of pods with
// EKS Pod Identity. SDKs find its URLs in AWS_CONTAINER_CREDENTIALS_FULL_URI.
type Containers struct {
	account   *cloud.Account
	accountID string
	region    string
	verifier  *oidc.Verifier
	now       func() time.Time

	mu           sync.Mutex
	tasks        map[string]*task          // by the id in the URL path
	associations map[ServiceAccount]string // role names
}

type task struct {
	id, role    string
	credentials renewed
}

// NewContainers returns the service for containers in a region of an account, without
// tasks and associations. The verifier verifies the tokens of pods. Now returns the time;
// nil means time.Now.
func NewContainers(c *cloud.Cloud, account, region string, verifier *oidc.Verifier, now func() time.Time) *Containers {
	if now == nil {
		now = time.Now
	}
	return &Containers{
		account: c.Account(account), accountID: account, region: region, verifier: verifier, now: now,
		tasks: map[string]*task{}, associations: map[ServiceAccount]string{},
	}
}

// Task starts an ECS task with a role and returns the path of its credentials. The path
// is secret.
func (h *Containers) Task(role string) (path string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	id := uuid.NewString()
	h.tasks[id] = &task{id: hex.EncodeToString(random(16)), role: role}
	return pathTasks + id
}

// ServeHTTP implements [http.Handler].
func (h *Containers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	id, ofTask := strings.CutPrefix(r.URL.Path, pathTasks)
	cluster, ofPod := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, "/"), pathPods)
	switch {
	case !loopback.IsOwn(r.Host, linkLocalTasks, linkLocalPods):
		refuse(w, http.StatusMisdirectedRequest)
	case r.Method != http.MethodGet:
		w.Header().Set("Allow", http.MethodGet)
		refuse(w, http.StatusMethodNotAllowed)
	case ofTask:
		h.getTask(w, id)
	case ofPod:
		h.getPod(w, r, cluster)
	default:
		refuse(w, http.StatusNotFound)
	}
}

// writeSession writes credentials as the agents do. The response has the role's ARN for
// tasks, and the account id for pods; the other is empty.
func writeSession(w http.ResponseWriter, s cloud.Session, roleARN, accountID string) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(struct { // a write error means that the client is gone
		RoleArn                            string `json:",omitempty"`
		AccountID                          string `json:"AccountId,omitempty"`
		AccessKeyID                        string `json:"AccessKeyId"`
		SecretAccessKey, Token, Expiration string
	}{roleARN, accountID, s.AccessKeyID, s.SecretAccessKey, s.SessionToken, stamp(s.Expiration)})
}

func (h *Containers) getTask(w http.ResponseWriter, id string) {
	h.mu.Lock()
	t := h.tasks[id]
	h.mu.Unlock()
	if id == "" {
		refuseTask(w, "NoIdInRequest", "No Credential ID in the request")
		return
	}
	if t == nil {
		refuseTask(w, "InvalidIdInRequest", "Credentials not found")
		return
	}
	role, err := h.account.GetRole(t.role)
	var s cloud.Session
	if err == nil {
		s, err = t.credentials.get(role.RoleID, h.now(), func() (cloud.Session, error) {
			return h.account.ServiceCredentials(serviceTasks, t.role, t.id, int(credentialsLast/time.Second), h.now())
		})
	}
	if err != nil { // on AWS, the task does not start
		refuseTask(w, "NoCredentialsAssociated", fmt.Sprintf("ECS was unable to assume the role %q of the task", t.role))
		return
	}
	writeSession(w, s, role.ARN, "")
}

func refuseTask(w http.ResponseWriter, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusBadRequest)
	_ = json.NewEncoder(w).Encode(struct {
		Code          string `json:"code"`
		Message       string `json:"message"`
		HTTPErrorCode int
	}{code, "CredentialsV2Request: " + message, http.StatusBadRequest})
}
