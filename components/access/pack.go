package access

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Part is one of the documents that a policy becomes.
type Part struct {
	// Name distinguishes the documents of a policy: it is empty, or "-" and a run of
	// 0 and 1 that ends in 1, such as "-01". It depends on the content of the document
	// and not on an order, so that documents keep their names when routes are added or
	// removed. Under a fixed name, it is empty, or "-" and a number from 1 on. It is a
	// suffix for the names of resources.
	Name string
	// Invokes are what the document allows: one or more, sorted.
	Invokes []Invoke
}

// pack distributes what a policy allows over documents, so that a change of the policy
// leaves most documents unchanged. There are at most limit documents. Each has at most
// MaxPolicyCharacters in every partition and Region. Together they have each invoke
// exactly once. The order of the invokes does not matter. If one document suffices, its
// name is empty.
//
// The document function returns the document of invokes for an execution ARN. Invokes of
// APIs with the same conditions share a statement. Only the resources and the number of
// statements may depend on the invokes.
//
// An invoke belongs to the document whose name is a prefix of its hash. A document
// that is too big is split by the next bit of the hash, and one half keeps the name.
// When both halves fit in one document, they are merged. So adding or removing an
// invoke changes one document, or two by a split or merge. It changes more only if a
// resource is longer than several others together.
//
// These documents are about two thirds full. If there would be more than limit of
// them, they are filled: invokes that do not fit in their document are put in others.
// Adding or removing an invoke then changes one or two documents, and rarely more. It
// may also split one document and merge two others, so that between creating and
// deleting there is one more than limit. Otherwise, an invoke whose document remains
// moves only to a new document, whose name is after its own.
//
// pack returns an error if an invoke is too long for any document, or if more than
// limit documents are needed.
func pack(invokes []Invoke, limit int, document func(executionArn string, invokes []Invoke) *Document) ([]Part, error) {
	if len(invokes) == 0 {
		return nil, nil
	}
	p, all, err := newPacker(invokes, limit, document)
	if err != nil {
		return nil, err
	}
	buckets, fits := p.fill(p.grow(all))
	if !fits {
		return nil, p.refuse(all)
	}
	packed := packedAll(buckets)
	slices.SortFunc(packed, func(a, b Part) int { return strings.Compare(a.Name, b.Name) })
	return packed, nil
}

func packedAll(buckets []bucket) []Part {
	packed := make([]Part, len(buckets))
	for i, b := range buckets {
		packed[i] = b.packed()
	}
	return packed
}

type packer struct {
	limit int // documents
	room  int // characters that a document has for parcels

	frames map[string]int // by API: characters of a parcel other than its method and path
}

// newPacker returns a packer, and the parcels of all invokes in one bucket. There is at
// least one invoke.
func newPacker(invokes []Invoke, limit int,
	document func(executionArn string, invokes []Invoke) *Document) (packer, bucket, error) {
	p := packer{limit: max(0, limit), frames: map[string]int{}}
	if err := p.measure(document, invokes); err != nil {
		return p, bucket{}, err
	}
	all, err := p.weigh(invokes)
	return p, all, err
}

// measure computes the size of all but the resources, with all statements. In each
// resource, it computes the size of all but the method and path: ARN, stage, quotes and a
// comma.
func (p *packer) measure(document func(string, []Invoke) *Document, invokes []Invoke) error {
	var failed error
	size := func(invokes ...Invoke) int {
		text, err := Render(document(LongestExecutionArn, invokes))
		failed = cmp.Or(failed, err)
		return Size(text)
	}
	var samples []Invoke // one of each API
	resources := 0       // characters of the samples with their commas
	for _, sample := range invokes {
		if _, known := p.frames[sample.Api]; !known {
			with := size(sample, sample) - size(sample)
			p.frames[sample.Api] = with - sample.length()
			samples, resources = append(samples, sample), resources+with
		}
	}
	// The last resource of a statement has no comma, in the samples and in other documents.
	// A document with fewer statements has more room than this.
	p.room = max(0, MaxPolicyCharacters-(size(samples...)-resources))
	return failed
}

// length is the length of the part that differs between the resources of a document.
func (i Invoke) length() int { return len(i.Method) + len(i.Path) }

// weigh returns the parcels of all invokes in one bucket. It rejects invokes that do
// not fit in any document.
func (p *packer) weigh(invokes []Invoke) (bucket, error) {
	invokes = slices.Compact(slices.SortedFunc(slices.Values(invokes), Invoke.compare))
	var all bucket
	for _, invoke := range invokes {
		size := p.frames[invoke.Api] + invoke.length()
		if size > p.room {
			return bucket{}, fmt.Errorf("%.60q takes %d characters of a policy document, which has room for %d",
				invoke.Method+" "+invoke.Path, size, p.room)
		}
		all.add(parcel{invoke: invoke, hash: hash(invoke.key()), size: size})
	}
	if all.size > p.limit*p.room {
		return bucket{}, p.refuse(all)
	}
	return all, nil
}

func (p *packer) refuse(all bucket) error {
	documents := max((all.size+p.room-1)/p.room, p.limit+1)
	return fmt.Errorf("allows %d methods and paths, which take %d characters and so %d or more policy documents "+
		`with room for %d each; accepted are %d: allow fewer, or "*" for the whole stage`,
		len(all.parcels), all.size, documents, p.room, p.limit)
}
