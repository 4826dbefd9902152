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

// changes counts over many edits how many documents each creates, updates or
// deletes.
type changes struct {
	of    map[int]int // documents changed -> edits
	edits int
	sum   int
	most  int
	names int // the most documents that there are if none is deleted before all are created
}

func (c *changes) count(before, after map[string][]access.Invoke) int {
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
	if c.of == nil {
		c.of = map[int]int{}
	}
	c.of[changed]++
	c.edits++
	c.sum += changed
	c.most = max(c.most, changed)
	c.names = max(c.names, names)
	return changed
}

func (c *changes) mean() float64 { return float64(c.sum) / float64(c.edits) }

func (c *changes) String() string {
	return fmt.Sprintf("%d edits: %.3f documents changed on average, %d at most, at one time up to %d documents; documents changed: edits %v", c.edits, c.mean(), c.most, c.names, c.of)
}

// byName gives documents by their names, nil if they are refused.
func byName(invokes []access.Invoke) map[string][]access.Invoke {
	packed, err := access.Pack(invokes, documentLimit, onStage("prod"))
	if err != nil {
		return nil
	}
	documents := map[string][]access.Invoke{}
	for _, p := range packed {
		documents[p.Name] = p.Invokes
	}
	return documents
}

const resourceFrame = `"",`

// room is what a document has for resources, and takes what one takes of it.
func room(t testing.TB) int {
	return access.MaxPolicyCharacters - sizeOf(t, onStage("prod")(access.LongestExecutionArn, nil)) + 1
}

func takes(invoke access.Invoke) int {
	return len(access.LongestExecutionArn+"/prod/"+invoke.Method+invoke.Path) + len(resourceFrame)
}

// inOrder is what packing is compared with: the sorted invokes, one document
// filled after the other and numbered.
func inOrder(invokes []access.Invoke, room int) map[string][]access.Invoke {
	documents := map[string][]access.Invoke{}
	number, size := 0, 0
	for _, invoke := range slices.SortedFunc(slices.Values(invokes), byResource) {
		if size += takes(invoke); size > room {
			number, size = number+1, takes(invoke)
		}
		name := fmt.Sprint(number)
		documents[name] = append(documents[name], invoke)
	}
	return documents
}

// edit adds or removes one invoke, so that there are around a number of them. It
// returns all of them, and the one.
func edit(random *rand.Rand, invokes []access.Invoke, pool *[]access.Invoke, around int) ([]access.Invoke, access.Invoke) {
	last := len(*pool) - 1
	if len(invokes) < around || len(invokes) == around && random.Intn(2) == 0 {
		invoke := (*pool)[last]
		*pool = (*pool)[:last]
		return append(slices.Clone(invokes), invoke), invoke
	}
	i := random.Intn(len(invokes))
	invoke := invokes[i]
	*pool = slices.Insert(*pool, random.Intn(len(*pool)+1), invoke)
	return slices.Delete(slices.Clone(invokes), i, i+1), invoke
}

// TestPackChangesFew makes 10,000 edits to policies of 1 to 300 invokes: each
// grows to a number, and then has one added or removed at a time.
//
// As long as not all documents of the limit are needed, the bound is proven: an
// edit concerns one document and what it is split into. Whatever is split off
// while the rest is still too big was smaller than what was added, so it holds at
// most as many invokes as are shorter than that together; the last split makes
// two; and the document counts once more if its own name is not among them.
func TestPackChangesFew(t *testing.T) {
	var packed, naive changes
	room := room(t)
	for seed := range int64(20) {
		random := rand.New(rand.NewSource(seed))
		pool := randomInvokes(random, 500)
		shortest := slices.MinFunc(pool, func(a, b access.Invoke) int { return takes(a) - takes(b) })
		around := 1 + random.Intn(300)
		var invokes []access.Invoke
		before, inOrderBefore := byName(nil), inOrder(nil, room)
		for range 500 {
			var edited access.Invoke
			invokes, edited = edit(random, invokes, &pool, around)
			after, inOrderAfter := byName(invokes), inOrder(invokes, room)
			require.NotNil(t, after)
			require.Less(t, len(after), documentLimit)
			changed := packed.count(before, after)
			assert.LessOrEqual(t, changed, 3+(takes(edited)-1)/takes(shortest))
			naive.count(inOrderBefore, inOrderAfter)
			before, inOrderBefore = after, inOrderAfter
		}
	}
	t.Logf("packed: %s", &packed)
	t.Logf("filled in order: %s", &naive)
	assert.Equal(t, 10_000, packed.edits)
	assert.Less(t, packed.mean(), 1.05)
	assert.LessOrEqual(t, packed.most, 3)
	assert.Greater(t, naive.mean(), packed.mean())
}

// TestPackMovesForward makes edits of any size: an invoke whose document stays
// moves only to a new one that comes after it. Whoever has later documents in
// force before earlier ones change takes nothing away in between.
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

// TestPackChangesAtTheLimit makes the same edits to policies that fill the
// documents of the limit to a share.
func TestPackChangesAtTheLimit(t *testing.T) {
	room := room(t)
	for _, share := range []int{70, 80, 90, 95, 98} {
		var packed, naive changes
		for seed := range int64(2) {
			random := rand.New(rand.NewSource(seed))
			pool := randomInvokes(random, 1000)
			var invokes []access.Invoke
			for size := 0; size < documentLimit*room*share/100; {
				size += takes(pool[0])
				invokes, pool = append(invokes, pool[0]), pool[1:]
			}
			around := len(invokes)
			before := byName(invokes)
			require.NotNil(t, before, "full to %d%%", share)
			for range 200 {
				previous := invokes
				invokes, _ = edit(random, invokes, &pool, around)
				after := byName(invokes)
				if after == nil { // a long one came that has no place
					invokes = previous
					continue
				}
				packed.count(before, after)
				naive.count(inOrder(previous, room), inOrder(invokes, room))
				before = after
			}
		}
		t.Logf("full to %d%%, packed: %s", share, &packed)
		t.Logf("full to %d%%, filled in order: %s", share, &naive)
		assert.Greater(t, packed.edits, 350)
		assert.LessOrEqual(t, packed.names, documentLimit+1)
		assert.Less(t, packed.mean(), naive.mean()/1.5)
	}
}

func BenchmarkPack(b *testing.B) {
	for _, count := range []int{1, 50, 300, 600} {
		invokes := alike(count)
		b.Run(fmt.Sprint(count), func(b *testing.B) {
			for b.Loop() {
				_, err := access.Pack(invokes, documentLimit, onStage("prod"))
				require.NoError(b, err)
			}
		})
	}
}
