package cloud

import (
	"crypto/rand"
	"fmt"
	"strings"
)

// QueryDefinitionSettings are the settings that PutQueryDefinition takes.
type QueryDefinitionSettings struct {
	Name          string `state:",name"`
	QueryString   string
	LogGroupNames []string
}

// QueryDefinition is a saved query of CloudWatch Logs Insights.
type QueryDefinition struct {
	QueryDefinitionSettings
	QueryDefinitionID string `state:"-"`
	ARN               string `state:"-"`
}

func (q *QueryDefinition) view(*state) QueryDefinition { return *q }

var queryDefinitions = &shelf[*region, *QueryDefinition, QueryDefinition]{
	things:  func(r *region) *map[string]*QueryDefinition { return &r.QueryDefinitions },
	missing: missing[*region](CodeResourceNotFound, "the specified query definition does not exist: %s"),
	quota:   quota{maxQueryDefinitions, CodeLimitExceededException, "query definitions"},
}

func (s QueryDefinitionSettings) check() error {
	switch {
	case len(s.Name) < 1 || len(s.Name) > 255:
		return errorf(CodeInvalidParameter, "query name %q is invalid: 1 to 255 characters", s.Name)
	case strings.TrimSpace(s.QueryString) == "" || len(s.QueryString) > maxQueryString:
		return errorf(CodeInvalidParameter, "a query has %d characters, must have 1 to %d", len(s.QueryString), maxQueryString)
	case len(s.LogGroupNames) > maxQueryGroups:
		return errorf(CodeInvalidParameter, "a query has %d log groups, may have at most %d", len(s.LogGroupNames), maxQueryGroups)
	}
	for _, name := range s.LogGroupNames {
		if !reLogGroupName.MatchString(name) {
			return errorf(CodeInvalidParameter, "log group name %q is invalid", name)
		}
	}
	return nil
}

// PutQueryDefinition creates a query, or replaces the one with the id if that is not empty.
// AWS does not document whether two queries may have the same name, and whether the log
// groups must exist. The sandbox accepts both.
func (r *Region) PutQueryDefinition(id string, in QueryDefinitionSettings) (QueryDefinition, error) {
	if err := in.check(); err != nil {
		return QueryDefinition{}, err
	}
	if id == "" {
		return queryDefinitions.create(r, "PutQueryDefinition", in.Name, func(*region) (string, *QueryDefinition, error) {
			id := uuid()
			return id, &QueryDefinition{in, id, r.queryARN(id)}, nil
		})
	}
	err := queryDefinitions.change(r, "PutQueryDefinition", id, func(_ *region, q *QueryDefinition) error {
		q.QueryDefinitionSettings = clone(in)
		return nil
	})
	if err != nil {
		return QueryDefinition{}, err
	}
	return queryDefinitions.get(r, id)
}

// DescribeQueryDefinition returns one query, as DescribeQueryDefinitions does.
func (r *Region) DescribeQueryDefinition(id string) (QueryDefinition, error) {
	return queryDefinitions.get(r, id)
}

// DescribeQueryDefinitions returns the region's queries, by id.
func (r *Region) DescribeQueryDefinitions() ([]QueryDefinition, error) {
	return queryDefinitions.list(r, nil)
}

// DeleteQueryDefinition deletes a query.
func (r *Region) DeleteQueryDefinition(id string) error {
	return queryDefinitions.remove(r, "DeleteQueryDefinition", id, nil)
}

func (r *Region) queryARN(id string) string {
	return fmt.Sprintf("arn:aws:logs:%s:%s:query-definition:%s", r.name, r.account.id, id)
}

// uuid returns a random UUID.
func uuid() string {
	b := make([]byte, 16)
	if _, err := rand.Read(b); err != nil {
		panic("cloud: no randomness: " + err.Error()) // the system is broken
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
