package metadata

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/oidc"
)

const (
	audiencePods = "pods.eks.amazonaws.com"

	// The parts of a session name are cut, because together they may be too long.
	maxNamePart = 10
)

// ServiceAccount is a Kubernetes service account of an EKS cluster.
type ServiceAccount struct {
	Cluster, Namespace, Name string
}

func (s ServiceAccount) subject() string {
	return "system:serviceaccount:" + s.Namespace + ":" + s.Name
}

// Claims returns the claims of a token that Kubernetes issues to a pod with the service
// account, for EKS Pod Identity.
func (s ServiceAccount) Claims(pod string) map[string]any {
	return map[string]any{
		"aud": []string{audiencePods}, "sub": s.subject(), "kubernetes.io": podClaims{
			Namespace: s.Namespace, ServiceAccount: object{s.Name, uuid.NewString()}, Pod: object{pod, uuid.NewString()},
		},
	}
}

// podClaims is the kubernetes.io claim of a token.
type podClaims struct {
	Namespace      string `json:"namespace"`
	ServiceAccount object `json:"serviceaccount"`
	Pod            object `json:"pod"`
}

type object struct {
	Name string `json:"name"`
	UID  string `json:"uid"`
}

// Associate sets the role for pods of the service account, and replaces the previous one.
// It returns the path of the credentials, which is the same for the whole cluster.
func (h *Containers) Associate(s ServiceAccount, role string) (path string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.associations[s] = role
	return "/" + s.Cluster + pathPods
}

// Issuer returns the issuer of the tokens of a cluster's service accounts.
func (h *Containers) Issuer(cluster string) string {
	sum := sha256.Sum256([]byte(h.accountID + " " + h.region + " " + cluster))
	return fmt.Sprintf("https://oidc.eks.%s.amazonaws.com/id/%X", h.region, sum[:16])
}

func (h *Containers) getPod(w http.ResponseWriter, r *http.Request, cluster string) {
	s, err := h.podSession(r, cluster)
	refusal := (*podError)(nil)
	switch {
	case errors.As(err, &refusal):
		text := fmt.Sprintf("[%s]: (%s): %s, fault: client", uuid.NewString(), refusal.code, refusal.message)
		http.Error(w, text, refusal.status)
	case err != nil:
		refuse(w, http.StatusInternalServerError)
	default:
		writeSession(w, s, "", h.accountID)
	}
}

// podError is an error of AssumeRoleForPodIdentity.
type podError struct {
	status        int
	code, message string
}

func (e *podError) Error() string { return e.code + ": " + e.message }

func invalidToken(message string) error {
	return &podError{http.StatusBadRequest, "InvalidTokenException", message}
}

// podSession returns a session for the pod that the request's token names.
func (h *Containers) podSession(r *http.Request, cluster string) (cloud.Session, error) {
	tokens := r.Header.Values("Authorization")
	if len(tokens) != 1 {
		return cloud.Session{}, invalidToken("the request must have one Authorization header with the service account token")
	}
	claims, err := h.verifier.Verify(r.Context(), h.Issuer(cluster), tokens[0])
	switch {
	case errors.Is(err, oidc.ErrExpired):
		return cloud.Session{}, &podError{http.StatusBadRequest, "ExpiredTokenException", err.Error()}
	case errors.Is(err, oidc.ErrUnreachable): // the cluster does not exist
		return cloud.Session{}, &podError{http.StatusNotFound, "ResourceNotFoundException", err.Error()}
	case err != nil:
		return cloud.Session{}, invalidToken(err.Error())
	}
	account, pod, err := podOf(claims)
	if err != nil {
		return cloud.Session{}, err
	}
	account.Cluster = cluster
	h.mu.Lock()
	role, associated := h.associations[account]
	h.mu.Unlock()
	if !associated {
		return cloud.Session{}, &podError{http.StatusNotFound, "ResourceNotFoundException",
			fmt.Sprintf("no association of the service account %s in the namespace %s", account.Name, account.Namespace)}
	}
	s, err := h.account.PodCredentials(role, map[string]string{
		"eks-cluster-arn":            fmt.Sprintf("arn:aws:eks:%s:%s:cluster/%s", h.region, h.accountID, cluster),
		"eks-cluster-name":           cluster,
		"kubernetes-namespace":       account.Namespace,
		"kubernetes-service-account": account.Name,
		"kubernetes-pod-name":        pod.Name,
		"kubernetes-pod-uid":         pod.UID,
	}, podSessionName(cluster, pod.Name), int(credentialsLast/time.Second), h.now())
	if cloud.IsNotFound(err) || cloud.IsCode(err, cloud.CodeAssumeRoleUnauthorized) {
		return cloud.Session{}, &podError{http.StatusBadRequest, "AccessDeniedException",
			"Unauthorized Exception! EKS does not have permissions to assume the associated role."}
	}
	return s, err
}

// podOf returns the service account and the pod that a token names. Its claims sub and
// kubernetes.io must agree.
func podOf(claims map[string]any) (ServiceAccount, object, error) {
	audiences, _ := claims["aud"].([]any)
	if claims["aud"] != audiencePods && !slices.Contains(audiences, any(audiencePods)) {
		return ServiceAccount{}, object{}, invalidToken("its aud must be " + audiencePods)
	}
	var k podClaims
	text, err := json.Marshal(claims["kubernetes.io"])
	if err == nil {
		err = json.Unmarshal(text, &k)
	}
	account := ServiceAccount{Namespace: k.Namespace, Name: k.ServiceAccount.Name}
	named := []string{account.Namespace, account.Name, k.ServiceAccount.UID, k.Pod.Name, k.Pod.UID}
	if err != nil || slices.Contains(named, "") || claims["sub"] != account.subject() {
		return ServiceAccount{}, object{}, invalidToken("its claims sub and kubernetes.io must name one service account and its pod")
	}
	return account, k.Pod, nil
}

// podSessionName returns eks-CLUSTER-POD-UUID, with cluster and pod cut so that it has
// at most 64 characters.
func podSessionName(cluster, pod string) string {
	cut := func(s string) string { return s[:min(len(s), maxNamePart)] }
	return strings.Join([]string{"eks", cut(cluster), cut(pod), uuid.NewString()}, "-")
}
