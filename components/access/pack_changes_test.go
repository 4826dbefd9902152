package access_test

import (
	"fmt"
	"math/rand"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
)

const documentLimit = 10

// changes counts over many edits how many documents each edit creates, updates or
// deletes.
type changes struct {
	edits, sum, most int
	names            int // the most documents, if none is deleted before all are created
}

func (c *changes) count(before, after map[string][]access.Invoke) {
	changed, names := 0, len(after)
	for name, invokes := range after {
		if !slices.Equal(before[name], invokes) {
			changed++
		}
	}
	for name := range before {
		if after[name] == nil {
			changed++
			names++
		}
	}
	c.edits++
	c.sum += changed
	c.most = max(c.most, changed)
	c.names = max(c.names, names)
}

func (c *changes) mean() float64 { return float64(c.sum) / float64(c.edits) }

// byName returns documents by their names, or nil if the invokes need more than the
// limit.
func byName(invokes []access.Invoke) map[string][]access.Invoke {
	packed, err := access.Pack(invokes, documentLimit, onStage("prod", 0))
	if err != nil {
		return nil
	}
	return invokesOf(packed)
}

// invokesOf returns what each document allows, by the document's name.
func invokesOf(parts []access.Part) map[string][]access.Invoke {
	documents := map[string][]access.Invoke{}
	for _, part := range parts {
		documents[part.Name] = part.Invokes
	}
	return documents
}

// room returns how many characters a document has for resources.
func room(t testing.TB) int {
	return access.MaxPolicyCharacters - sizeOf(t, onStage("prod", 0)(access.LongestExecutionArn, nil)) + 1
}

// takes returns how many characters an invoke takes, with its quotes and comma.
func takes(invoke access.Invoke) int {
	return len(access.LongestExecutionArn+"/prod/"+invoke.Method+invoke.Path) + len(`"",`)
}

// filling takes invokes of a pool that take at least this many characters.
func filling(size int, pool []access.Invoke) (invokes, rest []access.Invoke) {
	taken := 0
	for size > 0 {
		size -= takes(pool[taken])
		taken++
	}
	return slices.Clone(pool[:taken]), pool[taken:]
}

// edit adds an invoke of the pool or returns one to it, to keep their number around a
// given one.
func edit(random *rand.Rand, invokes []access.Invoke, pool *[]access.Invoke, around int) (edited []access.Invoke, invoke access.Invoke) {
	last := len(*pool) - 1
	if len(invokes) < around || len(invokes) == around && random.Intn(2) == 0 {
		invoke = (*pool)[last]
		*pool = (*pool)[:last]
		return append(slices.Clone(invokes), invoke), invoke
	}
	i := random.Intn(len(invokes))
	invoke = invokes[i]
	*pool = slices.Insert(*pool, random.Intn(len(*pool)+1), invoke)
	return slices.Delete(slices.Clone(invokes), i, i+1), invoke
}

// TestPackChangesFew makes 10,000 edits to policies of 1 to 300 invokes.
//
// As long as not all documents of the limit are needed, the bound is proven: an
// edit concerns one document and what it is split into. What is split off while the
// rest is still too big was smaller than what was added, so it has at most as many
// invokes as are shorter than that together. The last split creates two. The document
// counts once more if its own name is not among them.
func TestPackChangesFew(t *testing.T) {
	var packed changes
	for seed := range int64(20) {
		random := rand.New(rand.NewSource(seed))
		pool := randomInvokes(random, 500)
		shortest := slices.MinFunc(pool, func(a, b access.Invoke) int { return takes(a) - takes(b) })
		around := 1 + random.Intn(300)
		var invokes []access.Invoke
		before := byName(nil)
		for range 500 {
			var edited access.Invoke
			invokes, edited = edit(random, invokes, &pool, around)
			after := byName(invokes)
			require.NotNil(t, after)
			require.Less(t, len(after), documentLimit)
			sum := packed.sum
			packed.count(before, after)
			assert.LessOrEqual(t, packed.sum-sum, 3+(takes(edited)-1)/takes(shortest))
			before = after
		}
	}
	t.Logf("%+v", packed)
	assert.Equal(t, 10_000, packed.edits)
	assert.Less(t, packed.mean(), 1.05)
	assert.LessOrEqual(t, packed.most, 3)
}

// TestPackMovesForward makes edits of any size: an invoke whose document stays moves
// only to a new document, whose name is after its own. So nothing is taken away in
// between if later documents are attached before earlier ones change.
func TestPackMovesForward(t *testing.T) {
	moved := 0
	for seed := range int64(20) {
		random := rand.New(rand.NewSource(seed))
		pool := randomInvokes(random, 500)
		before := byName(nil)
		for range 50 {
			random.Shuffle(len(pool), func(i, j int) { pool[i], pool[j] = pool[j], pool[i] })
			after := byName(pool[:1+random.Intn(300)])
			require.Less(t, len(after), documentLimit)
			home := map[access.Invoke]string{}
			for name, invokes := range before {
				for _, invoke := range invokes {
					home[invoke] = name
				}
			}
			for name, invokes := range after {
				for _, invoke := range invokes {
					old, had := home[invoke]
					if !had || old == name || after[old] == nil {
						continue
					}
					moved++
					require.Greater(t, name, old)
					require.Nil(t, before[name])
				}
			}
			before = after
		}
	}
	assert.Greater(t, moved, 1000)
}

// TestPackChangesAtTheLimit makes edits to policies that fill most of the documents of
// the limit.
func TestPackChangesAtTheLimit(t *testing.T) {
	all := documentLimit * room(t)
	for percent, mean := range map[int]float64{70: 1.1, 80: 1.2, 90: 1.8, 95: 2, 98: 2.2} {
		var packed changes
		for seed := range int64(2) {
			random := rand.New(rand.NewSource(seed))
			pool := randomInvokes(random, 1000)
			invokes, pool := filling(all*percent/100, pool)
			around := len(invokes)
			before := byName(invokes)
			require.NotNil(t, before, "full to %d%%", percent)
			for range 200 {
				previous := invokes
				invokes, _ = edit(random, invokes, &pool, around)
				after := byName(invokes)
				if after == nil { // a long one has no place
					invokes = previous
					continue
				}
				packed.count(before, after)
				before = after
			}
		}
		t.Logf("full to %d%%: %+v", percent, packed)
		assert.Greater(t, packed.edits, 350)
		assert.LessOrEqual(t, packed.names, documentLimit+1)
		assert.Less(t, packed.mean(), mean)
	}
}

func BenchmarkPack(b *testing.B) {
	for _, count := range []int{1, 50, 300, 600} {
		invokes := alike(count)
		b.Run(fmt.Sprint(count), func(b *testing.B) {
			for b.Loop() {
				_, err := access.Pack(invokes, documentLimit, onStage("prod", 0))
				require.NoError(b, err)
			}
		})
	}
}
