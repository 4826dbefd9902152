package access

import (
	"fmt"
	"regexp"

	"github.com/micahhausler/aws-iam-policy/policy"
)

// PodIdentityTrust lets the pods of one Kubernetes service account assume a role
// through EKS Pod Identity. The service tags the session when it assumes the role, so
// the trust policy allows sts:TagSession too, and requires three of those tags (EKS user
// guide, "Create IAM role with trust policy required by EKS Pod Identity"). An
// association that disables the session tags cannot use the role.
//
// The trust policy requires the cluster by its name and not by its ARN, because the ARN
// has the cluster's Region, which may differ from the API's. So a cluster of that name in
// another Region of the account is trusted as well.
type PodIdentityTrust struct {
	// Cluster is the name of the EKS cluster.
	Cluster string
	// Namespace is the Kubernetes namespace.
	Namespace string
	// ServiceAccount is the name of the service account.
	ServiceAccount string
}

const dnsLabel = `[a-z0-9]([-a-z0-9]*[a-z0-9])?`

var (
	clusterName        = regexp.MustCompile(`^[0-9A-Za-z][\w-]{0,99}$`) // EKS, CreateCluster
	namespaceName      = regexp.MustCompile(`^` + dnsLabel + `$`)       // Kubernetes, "Object Names and IDs"
	serviceAccountName = regexp.MustCompile(`^` + dnsLabel + `(\.` + dnsLabel + `)*$`)
)

// Check implements [Trust].
func (t PodIdentityTrust) Check() []error {
	var errs fieldErrors
	if !clusterName.MatchString(t.Cluster) {
		errs.add(fmt.Errorf(`must be the name of an EKS cluster without wildcards: `+
			`1 to 100 letters, digits, "-" and "_", beginning with a letter or digit`), t.Cluster, "cluster")
	}
	if len(t.Namespace) > 63 || !namespaceName.MatchString(t.Namespace) {
		errs.add(fmt.Errorf(`must be a Kubernetes namespace without wildcards: `+
			`1 to 63 lower case letters, digits and "-", beginning and ending with a letter or digit`), t.Namespace, "namespace")
	}
	if len(t.ServiceAccount) > 253 || !serviceAccountName.MatchString(t.ServiceAccount) {
		errs.add(fmt.Errorf(`must be the name of a Kubernetes service account without wildcards: `+
			`1 to 253 lower case letters, digits, "-" and ".", each part beginning and ending with a letter or digit`),
			t.ServiceAccount, "serviceAccount")
	}
	return errs
}

// Clone implements [Trust].
func (t PodIdentityTrust) Clone() Trust { return t }

// Principal returns the service principal of EKS Pod Identity.
func (PodIdentityTrust) Principal() string { return "pods.eks" + servicePrincipalSuffix }

// Document implements [Trust].
func (t PodIdentityTrust) Document(string) *Document {
	condition := conditionBlock{}
	condition.add("StringEquals", "aws:RequestTag/eks-cluster-name", t.Cluster)
	condition.add("StringEquals", "aws:RequestTag/kubernetes-namespace", t.Namespace)
	condition.add("StringEquals", "aws:RequestTag/kubernetes-service-account", t.ServiceAccount)
	return trustDocument("AssumeByPods", policy.NewServicePrincipal(t.Principal()), condition, ActionAssumeRole, ActionTagSession)
}

// Terms implements [Trust].
func (t PodIdentityTrust) Terms() Terms { return Terms{Source: t.String()} }

// String implements [Trust].
func (t PodIdentityTrust) String() string {
	return fmt.Sprintf("pods of service account %s in namespace %s of EKS cluster %s", t.ServiceAccount, t.Namespace, t.Cluster)
}
