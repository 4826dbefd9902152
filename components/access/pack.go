package access

import (
	"fmt"
	"slices"
	"strings"
)

// Part is one of the documents that a policy becomes.
type Part struct {
	// Name tells the documents of a policy apart: it is empty, or "-" and a run of
	// 0 and 1 that ends in 1, such as "-01". It follows from what the document
	// holds, not from an order, so that documents keep their names as routes come
	// and go. It is a suffix for the names of resources.
	Name string
	// Invokes are what the document allows: one or more, sorted.
	Invokes []Invoke
}

// Pack spreads what a policy allows over several documents, chosen so that a
// change of the policy leaves most of them as they are. Each is within
// MaxPolicyCharacters wherever the API is deployed, there are at most limit of
// them, and together they hold exactly the invokes given, none twice. The same
// invokes give the same documents, in whatever order they are listed. A policy
// that fits one document is one, with an empty name.
//
// The document function makes the document of some invokes for an execution ARN:
// InvokeDocument, with the policy's stage and all else it has. What it writes
// beside the resources must not depend on them.
//
// An invoke belongs to the document whose name its hash begins with. A document
// that grows too big is split by the next bit of the hash, and one half keeps the
// name; when both halves fit one document, they are one again. So adding or
// removing an invoke changes one document, or two by a split or a merge. It can
// be more only where a resource is longer than several others together.
//
// Documents split in this way are about two thirds full. Where it would take more
// than limit of them, they are filled up: invokes that their document has no room
// for are put with others. Adding or removing one then changes two documents as
// often as one, and seldom up to all of them. It may also split one document and
// merge two others: whoever creates documents before deleting others has one more
// than limit in between. Otherwise an invoke whose document stays moves only to a
// new one, whose name comes after it.
//
// Errors, which say what is needed and what is accepted: an invoke that is too
// long for a document of its own, and more than limit documents take.
func Pack(invokes []Invoke, limit int, document func(executionArn string, invokes []Invoke) *Document) ([]Part, error) {
	if len(invokes) == 0 {
		return nil, nil
	}
	p := packer{limit: max(0, limit)}
	if err := p.measure(document, invokes[0]); err != nil {
		return nil, err
	}
	all, err := p.weigh(invokes)
	if err != nil {
		return nil, err
	}
	buckets, fits := p.fill(p.grow(all))
	if !fits {
		return nil, p.refuse(all)
	}
	packed := make([]Part, len(buckets))
	for i, b := range buckets {
		packed[i] = b.packed()
	}
	slices.SortFunc(packed, func(a, b Part) int { return strings.Compare(a.Name, b.Name) })
	return packed, nil
}

type packer struct {
	limit  int // documents
	room   int // characters that a document has for parcels
	beside int // characters that a parcel takes beside its method and path
}

// measure learns from two documents what stands beside the resources, and what
// stands beside the method and path in each: ARN, stage, quotes and a comma.
func (p *packer) measure(document func(string, []Invoke) *Document, sample Invoke) error {
	var sizes [2]int
	for n := range sizes {
		text, err := Render(document(LongestExecutionArn, []Invoke{sample}[:n]))
		if err != nil {
			return err
		}
		sizes[n] = Size(text)
	}
	const comma = 1 // after each resource but the last
	p.room = max(0, MaxPolicyCharacters-sizes[0]+comma)
	p.beside = sizes[1] - sizes[0] + comma - sample.length()
	return nil
}

// length is what differs between the resources of a document.
func (i Invoke) length() int { return len(i.Method) + len(i.Path) }

// weigh makes a parcel of each invoke, all in one bucket, and refuses those that
// no document has room for.
func (p *packer) weigh(invokes []Invoke) (bucket, error) {
	invokes = slices.Compact(slices.SortedFunc(slices.Values(invokes), Invoke.compare))
	var all bucket
	for _, invoke := range invokes {
		size := p.beside + invoke.length()
		if size > p.room {
			return bucket{}, fmt.Errorf("%.60q takes %d characters of a policy document, which has room for %d", invoke.Method+" "+invoke.Path, size, p.room)
		}
		all.add(parcel{invoke: invoke, hash: hash(invoke.resource("")), size: size})
	}
	if all.size > p.limit*p.room {
		return bucket{}, p.refuse(all)
	}
	return all, nil
}

func (p *packer) refuse(all bucket) error {
	documents := max((all.size+p.room-1)/p.room, p.limit+1)
	return fmt.Errorf(`allows %d methods and paths, which take %d characters and so %d or more policy documents with room for %d each; accepted are %d: allow fewer, or "*" for the whole stage`,
		len(all.parcels), all.size, documents, p.room, p.limit)
}
