package access

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
)

// hashBits is how many bits there are to split by.
const hashBits = 64

func hash(s string) uint64 {
	sum := sha256.Sum256([]byte(s))
	return binary.BigEndian.Uint64(sum[:])
}

// parcel is an invoke on its way into a document.
type parcel struct {
	invoke Invoke
	hash   uint64
	size   int // characters
}

// bucket is a document in the making. Its home parcels are those whose hash
// begins with its bits; filling up may add guests.
type bucket struct {
	bits    string // a run of 0 and 1
	parcels []parcel
	size    int // characters of all parcels
}

func (b *bucket) add(p parcel) {
	b.parcels = append(b.parcels, p)
	b.size += p.size
}

// name is a bucket's and, once it is split, its lower half's. No two buckets
// share one, as the bits of none begin with another's.
func (b bucket) name() string {
	if bits := strings.TrimRight(b.bits, "0"); bits != "" {
		return "-" + bits
	}
	return ""
}

// split gives the halves by the next bit, without a half that would be empty.
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

// grow splits what is too big for a document, until nothing is or the documents
// that are accepted do not suffice for another split. It goes by levels: to split
// the biggest first would turn on every change of their order.
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

// fill moves what buckets have no room for to others, and tells whether all
// found a place. It tries first to move the longest parcels, as each may cause
// further moves, and few long ones are fewer; then the shortest, which fit into
// smaller gaps.
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

// fillBy lets parcels stay at home in an order, as long as there is room.
func (p *packer) fillBy(buckets []bucket, order func(a, b parcel) int) ([]bucket, bool) {
	filled := make([]bucket, len(buckets))
	var guests []parcel
	for i, b := range buckets {
		filled[i].bits = b.bits
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

// host is the bucket with room that a guest ranks first, by a hash of both: each
// has a ranking of its own, so that one that leaves or comes moves few others.
func (p *packer) host(guest parcel, buckets []bucket) *bucket {
	var first *bucket
	var highest uint64
	for i := range buckets {
		b := &buckets[i]
		if b.size+guest.size > p.room {
			continue
		}
		if rank := hash(b.name() + guest.invoke.resource("")); first == nil || rank > highest {
			first, highest = b, rank
		}
	}
	return first
}
