package access

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// hashBits is the number of bits to split by.
const hashBits = 64

func hash(s string) uint64 {
	sum := sha256.Sum256([]byte(s))
	return binary.BigEndian.Uint64(sum[:])
}

// parcel is an invoke with its hash and size.
type parcel struct {
	invoke Invoke
	hash   uint64
	size   int // characters
}

// bucket is the content of a document. Its own parcels are those whose hash begins
// with its bits. Filling may add guests: parcels of other buckets. Numbered
// buckets do not have bits.
type bucket struct {
	bits    string // a run of 0 and 1
	number  int
	parcels []parcel
	size    int // characters of all parcels
}

func (b *bucket) add(p parcel) {
	b.parcels = append(b.parcels, p)
	b.size += p.size
}

// name returns the bucket's name, which its lower half keeps when it is split. Names
// are unique, because the bits of one bucket are never a prefix of another's.
func (b bucket) name() string {
	if b.number > 0 {
		return fmt.Sprintf("-%d", b.number)
	}
	if bits := strings.TrimRight(b.bits, "0"); bits != "" {
		return "-" + bits
	}
	return ""
}

// split returns the halves by the next bit, without empty ones.
func (b bucket) split() []bucket {
	halves := []bucket{{bits: b.bits + "0"}, {bits: b.bits + "1"}}
	shift := hashBits - 1 - len(b.bits)
	for _, p := range b.parcels {
		halves[p.hash>>shift&1].add(p)
	}
	return slices.DeleteFunc(halves, func(half bucket) bool { return len(half.parcels) == 0 })
}

func (b bucket) packed() Part {
	invokes := make([]Invoke, len(b.parcels))
	for i, p := range b.parcels {
		invokes[i] = p.invoke
	}
	slices.SortFunc(invokes, Invoke.compare)
	return Part{Name: b.name(), Invokes: invokes}
}

// grow splits buckets that are too big for a document, until none is or the limit is
// reached. It goes level by level: if it split the biggest first, the result would
// depend on the order of their sizes.
func (p *packer) grow(all bucket) []bucket {
	buckets := []bucket{all}
	for i := 0; i < len(buckets); i++ {
		b := buckets[i]
		if b.size <= p.room || len(b.bits) == hashBits {
			continue
		}
		if halves := b.split(); len(buckets)-1+len(halves) <= p.limit {
			buckets = slices.Delete(buckets, i, i+1)
			buckets = append(buckets, halves...)
			i--
		}
	}
	return buckets
}

// fill moves parcels that do not fit in their bucket to others, and reports whether
// all fit. It first tries to move the longest parcels, so that few move, and then
// the shortest, which fit into smaller gaps.
func (p *packer) fill(buckets []bucket) ([]bucket, bool) {
	filled, fits := p.fillBy(buckets, shorter)
	if !fits {
		filled, fits = p.fillBy(buckets, longer)
	}
	return filled, fits
}

func shorter(a, b parcel) int {
	return cmp.Or(cmp.Compare(a.size, b.size), cmp.Compare(a.hash, b.hash))
}

func longer(a, b parcel) int { return shorter(b, a) }

// fillBy keeps parcels in their own bucket while there is room, in an order, and moves
// the others.
func (p *packer) fillBy(buckets []bucket, order func(a, b parcel) int) ([]bucket, bool) {
	filled := make([]bucket, len(buckets))
	var guests []parcel
	for i, b := range buckets {
		filled[i].bits, filled[i].number = b.bits, b.number
		for _, parcel := range slices.SortedFunc(slices.Values(b.parcels), order) {
			if filled[i].size+parcel.size <= p.room {
				filled[i].add(parcel)
			} else {
				guests = append(guests, parcel)
			}
		}
	}
	slices.SortFunc(guests, longer)
	for _, guest := range guests {
		host := p.host(guest, filled)
		if host == nil {
			return nil, false
		}
		host.add(guest)
	}
	return filled, true
}

// host returns the bucket for a guest: of those with room, the one with the highest
// hash of both. As each guest has its own ranking, adding or removing one moves few
// others.
func (p *packer) host(guest parcel, buckets []bucket) *bucket {
	var first *bucket
	var highest uint64
	for i := range buckets {
		b := &buckets[i]
		if b.size+guest.size > p.room {
			continue
		}
		if rank := b.rank(guest); first == nil || rank > highest {
			first, highest = b, rank
		}
	}
	return first
}

// rank is how much a parcel prefers the bucket to others.
func (b bucket) rank(p parcel) uint64 { return hash(b.name() + p.invoke.key()) }
