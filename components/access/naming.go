package access

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// MaxDocuments is the largest number of documents of a policy with a fixed name. A
// permission set of IAM Identity Center refers to each of them, and its role has at
// most MaxPolicies policies ("IAM Identity Center quotas" in its user guide).
const MaxDocuments = MaxPolicies

// Naming is a fixed name on AWS, by which a permission set of IAM Identity Center
// refers to a policy.
type Naming struct {
	// Name is the name of the first document. The others are Name-1, Name-2, …
	Name string
	// Path is the IAM path, "/" if empty.
	Path string
	// Documents is the number of documents; 0 means 1. The policy always has that many, so
	// that a permission set that refers to all of them loses none.
	Documents int
}

// maxPolicyName is the longest name of a managed policy on AWS (CreatePolicy).
const maxPolicyName = 128

// policyPath is the path of a managed policy: IAM's policyPathType, which is also the
// ManagedPolicyPath of IAM Identity Center (CreatePolicy; CustomerManagedPolicyReference).
var policyPath = regexp.MustCompile(`^(/[A-Za-z0-9.,+@=_-]+)*/$`)

// CheckManagedPolicyName accepts the name of a managed policy on AWS: up to 128
// characters.
func CheckManagedPolicyName(name string) error { return checkName(name, maxPolicyName) }

// CheckPolicyPath accepts the path of a managed policy, up to 512 characters.
func CheckPolicyPath(path string) error {
	if len(path) > 512 || !policyPath.MatchString(path) {
		return fmt.Errorf(`must be "/", or begin and end with "/", such as "/api/", ` +
			`with letters, digits and "_+=,.@-" between, at most 512 characters`)
	}
	return nil
}

// CheckDocumentCount accepts 1 to MaxDocuments documents.
func CheckDocumentCount(count int) error {
	if count < 1 || count > MaxDocuments {
		return fmt.Errorf("must be 1 to %d documents, as many as a permission set can have policies", MaxDocuments)
	}
	return nil
}

// Check accepts a naming if the names of all documents are valid.
func (n Naming) Check() error {
	if err := CheckDocumentCount(n.count()); err != nil {
		return fmt.Errorf("%d documents: %w", n.Documents, err)
	}
	last := numbered(n.count() - 1)
	if err := CheckManagedPolicyName(n.Name + last); err != nil {
		return fmt.Errorf("%q, the name of a document, %w", n.Name+last, err)
	}
	if err := CheckPolicyPath(cmp.Or(n.Path, "/")); err != nil {
		return fmt.Errorf("path %q %w", n.Path, err)
	}
	return nil
}

func (n Naming) count() int { return max(n.Documents, 1) }

// numbered returns the name of a part under a fixed name.
func numbered(part int) string { return bucket{number: part}.name() }

// References returns the paths and names on AWS of all documents, such as
// "/api/Staff-1". They are empty for the zero Naming.
func (n Naming) References() []string {
	if n.Name == "" {
		return nil
	}
	var all []string
	for part := range n.count() {
		all = append(all, cmp.Or(n.Path, "/")+n.Name+numbered(part))
	}
	return all
}

// Named returns the policy under a fixed name, with the naming's number of documents. It
// returns an error if the naming is not valid or the policy needs more documents.
//
// An invoke belongs to the document that it ranks highest, so adding or removing one
// changes only its own document. If a document is full, some of its invokes go to others,
// which change as well. With one document more, invokes move only to the new one.
// A document without invokes of its own repeats one of another document, because IAM
// does not accept a document that allows nothing, and a permission set may refer to it.
func (p *Policy) Named(naming Naming) (*Policy, error) {
	if err := naming.Check(); err != nil {
		return nil, err
	}
	if len(p.Invokes) == 0 {
		return nil, fmt.Errorf("allows nothing; it must be a policy that NewPolicy returned")
	}
	packer, all, err := newPacker(p.Invokes, MaxDocuments, p.document)
	if err != nil {
		return nil, err
	}
	named := *p
	named.Naming = naming
	for count := naming.count(); count <= MaxDocuments; count++ {
		buckets, fits := packer.fill(distribute(all, count))
		if !fits {
			continue
		}
		if count > naming.count() {
			return nil, fmt.Errorf("needs %d documents, and its fixed name has %d; write documents: %d, "+
				"and refer to all of them in the permission sets", count, naming.count(), count)
		}
		repeat(buckets, all)
		named.Parts = packedAll(buckets)
		return &named, nil
	}
	return nil, packer.refuse(all)
}

// distribute returns numbered buckets, each with the parcels that rank it highest.
func distribute(all bucket, count int) []bucket {
	buckets := make([]bucket, count)
	for i := range buckets {
		buckets[i].number = i
	}
	for _, p := range all.parcels {
		first := 0
		for i, b := range buckets {
			if b.rank(p) > buckets[first].rank(p) {
				first = i
			}
		}
		buckets[first].add(p)
	}
	return buckets
}

// repeat adds to each empty bucket the parcel that ranks it highest.
func repeat(buckets []bucket, all bucket) {
	for i, b := range buckets {
		if len(b.parcels) == 0 {
			buckets[i].add(slices.MaxFunc(all.parcels, func(p, q parcel) int { return cmp.Compare(b.rank(p), b.rank(q)) }))
		}
	}
}

// CheckNamings returns an error for each policy, by its name, if a document of it has
// the same name on AWS as a document of another policy. To IAM, names that differ only in
// case or path are the same.
func CheckNamings(policies map[string]*Policy) map[string]error {
	errs, seen := map[string]error{}, map[string]string{}
	for _, policy := range slices.Sorted(maps.Keys(policies)) {
		if policies[policy] == nil {
			continue // reported
		}
		naming := policies[policy].Naming
		naming.Path = "/"
		for _, reference := range naming.References() {
			lower := strings.ToLower(reference)
			if twin, taken := seen[lower]; taken && errs[policy] == nil {
				errs[policy] = fmt.Errorf("%q is the name of a document of the policy %q, too; names must differ in more than case and path",
					reference[1:], twin)
			}
			seen[lower] = policy
		}
	}
	return errs
}
