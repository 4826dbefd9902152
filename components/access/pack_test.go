package access_test

import (
	"cmp"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
)

// render returns the document of invokes.
type render func(executionArn string, invokes []access.Invoke) *access.Document

// onStage renders documents that allow requests from a number of networks, or from
// all if it is 0.
func onStage(stage string, networks int) render {
	var conditions access.Conditions
	for i := range networks {
		conditions.SourceCIDRs = append(conditions.SourceCIDRs, fmt.Sprintf("203.0.113.%d/32", i))
	}
	return func(executionArn string, invokes []access.Invoke) *access.Document {
		return access.InvokeDocument(executionArn, stage, invokes, conditions)
	}
}

func sizeOf(t testing.TB, document *access.Document) int {
	t.Helper()
	text, err := access.Render(document)
	require.NoError(t, err)
	return access.Size(text)
}

func byResource(a, b access.Invoke) int {
	return cmp.Or(strings.Compare(a.Method, b.Method), strings.Compare(a.Path, b.Path))
}

// randomInvokes returns different invokes, whose lengths are those of real APIs. One
// in a hundred is very long.
func randomInvokes(random *rand.Rand, count int) []access.Invoke {
	words := []string{"products", "orders", "*", "reviews", "users", "v1", "carts", "payments", "shipments"}
	set := map[access.Invoke]bool{}
	var invokes []access.Invoke
	for len(invokes) < count {
		var path strings.Builder
		for range random.Intn(5) {
			path.WriteString("/" + words[random.Intn(len(words))])
		}
		fmt.Fprintf(&path, "/r%d", random.Intn(1000))
		if random.Intn(100) == 0 {
			path.WriteString(strings.Repeat("x", random.Intn(1500)))
		}
		invoke := access.Invoke{Method: access.Methods[random.Intn(len(access.Methods))], Path: path.String()}
		if !set[invoke] {
			set[invoke] = true
			invokes = append(invokes, invoke)
		}
	}
	return invokes
}

// alike returns invokes of the same size.
func alike(count int) []access.Invoke {
	var invokes []access.Invoke
	for i := range count {
		invokes = append(invokes, access.Invoke{Method: "GET", Path: fmt.Sprintf("/products/%05d", i)})
	}
	return invokes
}

// fitting returns how many invokes of the same size fit in one document.
func fitting(t testing.TB, document render) int {
	t.Helper()
	count := 0
	for sizeOf(t, document(access.LongestExecutionArn, alike(count+1))) <= access.MaxPolicyCharacters {
		count++
	}
	return count
}

// checkPacked checks what holds for all packed documents.
func checkPacked(t testing.TB, packed []access.Part, invokes []access.Invoke, limit int, document render) {
	t.Helper()
	assert.LessOrEqual(t, len(packed), limit)
	var together []access.Invoke
	names := map[string]bool{}
	for _, p := range packed {
		assert.Regexp(t, `^(-[01]*1)?$`, p.Name)
		assert.False(t, names[p.Name], "two documents are named %q", p.Name)
		names[p.Name] = true
		assert.NotEmpty(t, p.Invokes)
		assert.True(t, slices.IsSortedFunc(p.Invokes, byResource))
		together = append(together, p.Invokes...)
		for _, arn := range []string{executionArn, access.LongestExecutionArn} {
			assert.LessOrEqual(t, sizeOf(t, document(arn, p.Invokes)), access.MaxPolicyCharacters)
		}
	}
	slices.SortFunc(together, byResource)
	assert.Equal(t, slices.SortedFunc(slices.Values(invokes), byResource), together)
}

func TestPack(t *testing.T) {
	document := onStage("prod", 0)
	most := fitting(t, document)
	tests := map[string]struct {
		invokes []access.Invoke
		names   []string
	}{
		"nothing":         {nil, nil},
		"one":             {alike(1), []string{""}},
		"the whole stage": {[]access.Invoke{{Method: "*", Path: "*"}}, []string{""}},
		"a full document": {alike(most), []string{""}},
		"one more":        {alike(most + 1), []string{"", "-1"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			packed, err := access.Pack(test.invokes, 10, document)
			require.NoError(t, err)
			checkPacked(t, packed, test.invokes, 10, document)
			var names []string
			for _, p := range packed {
				names = append(names, p.Name)
			}
			assert.Equal(t, test.names, names)
		})
	}
}

func TestPackOfTheSameInvokes(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	for _, count := range []int{3, 100, 300, 550} {
		invokes := randomInvokes(random, count)
		want, err := access.Pack(invokes, 10, onStage("prod", 0))
		require.NoError(t, err)
		for range 5 {
			random.Shuffle(len(invokes), func(i, j int) { invokes[i], invokes[j] = invokes[j], invokes[i] })
			given := append(slices.Clone(invokes), invokes[:3]...)
			kept := slices.Clone(given)
			got, err := access.Pack(given, 10, onStage("prod", 0))
			require.NoError(t, err)
			assert.Equal(t, want, got, "in another order, and some twice")
			assert.Equal(t, kept, given)
		}
	}
}

// TestPackIsExact packs random policies, from small ones to ones that are too big, on
// stages and under conditions of several lengths.
func TestPackIsExact(t *testing.T) {
	documents := []render{onStage("prod", 0), onStage("$default", 0), onStage(strings.Repeat("s", 128), 0), onStage("prod", 9), onStage("v1", 100)}
	counts := map[string]int{}
	for seed := range int64(150) {
		random := rand.New(rand.NewSource(seed))
		document := documents[random.Intn(len(documents))]
		limit := 1 + random.Intn(10)
		invokes := randomInvokes(random, 1+random.Intn(70*limit))
		packed, err := access.Pack(invokes, limit, document)
		whole := sizeOf(t, document(access.LongestExecutionArn, invokes))
		frame := sizeOf(t, document(access.LongestExecutionArn, nil))
		room := limit * (access.MaxPolicyCharacters - frame)
		if err != nil {
			counts["refused"]++
			assertOneLine(t, err)
			assert.Empty(t, packed)
			assert.Greater(t, whole-frame, room*7/10, "seed %d: %v", seed, err)
			continue
		}
		counts[cmp.Or(map[int]string{1: "one", limit: "all of the limit"}[len(packed)], "several")]++
		checkPacked(t, packed, invokes, limit, document)
		checkReach(t, random, packed, invokes, document)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	t.Log(counts)
	assert.Len(t, counts, 4, "the trials must reach each outcome")
}

// checkReach checks that the packed documents together allow the requests that one
// document of all invokes allows.
func checkReach(t *testing.T, random *rand.Rand, packed []access.Part, invokes []access.Invoke, document render) {
	whole := statement(t, document(executionArn, invokes))
	var parts []decodedStatement
	for _, p := range packed {
		part := statement(t, document(executionArn, p.Invokes))
		assert.Equal(t, whole.Condition, part.Condition)
		parts = append(parts, part)
	}
	allowed := 0
	for range 100 {
		invoke := invokes[random.Intn(len(invokes))]
		resource := whole.Resource[random.Intn(len(whole.Resource))]
		if random.Intn(2) == 0 { // another method, path or both
			resource = strings.Replace(resource, "/"+invoke.Method+"/", "/GET/", 1) + []string{"", "/", "1", "/a"}[random.Intn(4)]
		}
		arn := strings.ReplaceAll(resource, "*", []string{"7", "", "a/b"}[random.Intn(3)])
		want := matchesAny(whole.Resource, arn)
		if want {
			allowed++
		}
		assert.Equal(t, want, slices.ContainsFunc(parts, func(part decodedStatement) bool { return matchesAny(part.Resource, arn) }), arn)
	}
	assert.Positive(t, allowed)
}

// Invokes of the same size fill all documents.
func TestPackFillsUp(t *testing.T) {
	document := onStage("prod", 0)
	most := fitting(t, document)
	for _, limit := range []int{1, 2, 3, 7, 10} {
		invokes := alike(limit * most)
		packed, err := access.Pack(invokes, limit, document)
		require.NoError(t, err, "%d documents", limit)
		checkPacked(t, packed, invokes, limit, document)
		assert.Len(t, packed, limit)
		_, err = access.Pack(alike(limit*most+1), limit, document)
		require.Error(t, err)
		assertOneLine(t, err)
		assert.Contains(t, err.Error(), fmt.Sprint(limit*most+1))
		assert.Contains(t, err.Error(), fmt.Sprintf("%d or more policy documents", limit+1))
		assert.Contains(t, err.Error(), fmt.Sprintf("accepted are %d", limit))
	}
	for _, limit := range []int{0, -1} {
		_, err := access.Pack(alike(1), limit, document)
		assert.ErrorContains(t, err, "accepted are 0")
	}
}

// The longest invoke fills a document by itself.
func TestPackRejectsWhatFitsInNoDocument(t *testing.T) {
	for name, document := range map[string]render{"a stage": onStage("prod", 0), "conditions": onStage("prod", 50)} {
		t.Run(name, func(t *testing.T) {
			longest := access.Invoke{Method: "GET", Path: "/"}
			longest.Path += strings.Repeat("x", access.MaxPolicyCharacters-sizeOf(t, document(access.LongestExecutionArn, []access.Invoke{longest})))
			invokes := append(alike(3), longest)
			packed, err := access.Pack(invokes, 2, document)
			require.NoError(t, err)
			checkPacked(t, packed, invokes, 2, document)
			longest.Path += "x"
			_, err = access.Pack([]access.Invoke{longest}, 10, document)
			require.ErrorContains(t, err, `"GET /xxxx`)
			assert.Less(t, len(err.Error()), 200)
		})
	}
	_, err := access.Pack(alike(1), 10, onStage("prod", 1000))
	assert.ErrorContains(t, err, "room for 0")
}

func FuzzPack(f *testing.F) {
	f.Add("GET /a\nANY /a/{id}\n$default", byte(1), byte(4))
	f.Add("GET /a\nPOST /{p+}\nANY /b/{x}/c", byte(3), byte(200))
	f.Add("ANY /"+strings.Repeat("a", 900)+"\nANY /"+strings.Repeat("b", 2900), byte(9), byte(7))
	f.Fuzz(func(t *testing.T, keys string, limit, stage byte) {
		declared := map[string]access.RouteArgs{}
		for _, key := range strings.Split(keys, "\n") {
			declared[key] = access.RouteArgs{}
		}
		routes, _ := access.NewRoutes(declared)
		resolution, _ := access.Resolve([]string{"ANY *"}, routes)
		document := onStage(strings.Repeat("s", int(stage)), 0)
		packed, err := access.Pack(resolution.Invokes, int(limit), document)
		if err != nil {
			assertOneLine(t, err)
			assert.Empty(t, packed)
			return
		}
		checkPacked(t, packed, resolution.Invokes, int(limit), document)
	})
}
