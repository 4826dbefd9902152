package endtoend_test

import (
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

var (
	reIn    = regexp.MustCompile(`^filter (\w+) in (\[.*\])$`)
	reLike  = regexp.MustCompile(`^filter (\w+) like /(.*)/$`)
	reStats = regexp.MustCompile(`^stats count\(\*\) as (\w+) by (.+)$`)
	reSort  = regexp.MustCompile(`^sort (\w+) desc$`)
	reLimit = regexp.MustCompile(`^limit (\d+)$`)
)

// ask runs a saved query of CloudWatch Logs Insights with the commands that the queries of
// the stack have. Fields are strings, as the log has them.
func (w *watch) ask(title string) []map[string]string {
	queries := Must(w.region.DescribeQueryDefinitions())
	i := slices.IndexFunc(queries, func(q cloud.QueryDefinition) bool { return strings.HasSuffix(q.Name, "/"+title) })
	require.GreaterOrEqual(w, i, 0, title)
	var rows []map[string]string
	for _, group := range queries[i].LogGroupNames {
		for _, line := range Must(w.region.FilterLogEvents(group)) {
			var row map[string]string
			require.NoError(w, json.Unmarshal([]byte(line), &row))
			rows = append(rows, row)
		}
	}
	for _, command := range strings.Split(queries[i].QueryString, "\n| ") {
		rows = w.command(command, rows)
	}
	return rows
}

func (w *watch) command(command string, rows []map[string]string) []map[string]string {
	if m := reIn.FindStringSubmatch(command); m != nil {
		var values []string
		require.NoError(w, json.Unmarshal([]byte(m[2]), &values))
		return slices.DeleteFunc(rows, func(row map[string]string) bool { return !slices.Contains(values, row[m[1]]) })
	}
	if m := reLike.FindStringSubmatch(command); m != nil {
		re := regexp.MustCompile(m[2])
		return slices.DeleteFunc(rows, func(row map[string]string) bool { return !re.MatchString(row[m[1]]) })
	}
	if m := reStats.FindStringSubmatch(command); m != nil {
		return count(rows, m[1], strings.Split(m[2], ", "))
	}
	if m := reSort.FindStringSubmatch(command); m != nil {
		slices.SortStableFunc(rows, func(a, b map[string]string) int { return cmp.Compare(number(b[m[1]]), number(a[m[1]])) })
		return rows
	}
	m := reLimit.FindStringSubmatch(command)
	require.NotNil(w, m, command)
	return rows[:min(len(rows), number(m[1]))]
}

// count counts the rows with the same values of some fields.
func count(rows []map[string]string, as string, by []string) []map[string]string {
	var counted []map[string]string
	byKey := map[string]map[string]string{}
	for _, row := range rows {
		group, key := map[string]string{as: "0"}, ""
		for _, field := range by {
			group[field] = row[field]
			key += strconv.Quote(row[field])
		}
		if byKey[key] == nil {
			byKey[key] = group
			counted = append(counted, group)
		}
		byKey[key][as] = strconv.Itoa(number(byKey[key][as]) + 1)
	}
	return counted
}

func number(text string) int { return Must(strconv.Atoi(text)) }
