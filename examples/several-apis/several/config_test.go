package several

import (
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/config"
)

var good = map[string]string{
	"catalogUrl": "https://catalog.example.com", "ordersUrl": "https://orders.example.com", "account": "111122223333",
	"partner": `{"account": "444455556666", "deployRole": "arn:aws:iam::444455556666:role/Deployer", "externalId": "shop-7", "users": ["my-user"]}`,
	// pulumi config set makes a number of digits.
	"warehouse": `{"account": 777788889999, "profile": "warehouse", "region": "eu-west-1", "roles": ["packer"]}`,
}

func TestParse(t *testing.T) {
	cfg, err := Parse(config.Settings{Values: good})
	require.NoError(t, err)
	assert.Equal(t, Config{
		CatalogUrl: "https://catalog.example.com", OrdersUrl: "https://orders.example.com", Account: "111122223333",
		Callers: map[string]Caller{
			"partner":   {Account: "444455556666", DeployRole: "arn:aws:iam::444455556666:role/Deployer", ExternalID: "shop-7", Users: []string{"my-user"}},
			"warehouse": {Account: "777788889999", Profile: "warehouse", Region: "eu-west-1", Roles: []string{"packer"}},
		},
	}, cfg)
}

// TestParseRefuses checks that each mistake makes one line, and that all are reported.
func TestParseRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		values map[string]string
		want   []string // parts of each line, in any order
	}{
		"nothing": {map[string]string{"catalogUrl": "-", "ordersUrl": "-", "account": "-", "partner": "-", "warehouse": "-"},
			[]string{"catalogUrl: must be set", "ordersUrl: must be set", "account: must be set", "partner: must be set", "warehouse: must be set"}},
		"bad values": {map[string]string{"catalogUrl": "http://x", "account": "1", "partner": "[]"},
			[]string{`catalogUrl: "http://x"`, `account: "1"`, "partner: [] must be a map"}},
		"a typo": {map[string]string{"ordersURL": "https://x.example"}, []string{"ordersURL: "}},
		"bad names": {map[string]string{"partner": `{"account": "44", "profile": "", "externalId": "x", "users": ["a/b"], "roles": ["*"], "role": 1}`},
			[]string{`partner.account: "44"`, `partner.profile: ""`, `partner.externalId: "x"`, `partner.users[0]: "a/b"`, `partner.roles[0]: "*"`, "partner.role: "}},
		"no credentials, nobody": {map[string]string{"partner": `{"account": "444455556666"}`},
			[]string{"partner: must have either deployRole or profile", "partner: must have users or roles"}},
		"two credentials, no account": {map[string]string{"warehouse": `{"deployRole": "arn:aws:iam::777788889999:role/D", "profile": "w", "roles": ["a"]}`},
			[]string{"warehouse: ", "warehouse: must have either"}},
		"a role of another account": {map[string]string{"partner": `{"account": "444455556666", "deployRole": "arn:aws:iam::777788889999:role/D", "users": ["a"]}`},
			[]string{"partner.deployRole"}},
		"the same accounts": {map[string]string{"warehouse": `{"account": "444455556666", "profile": "w", "roles": ["a"]}`},
			[]string{`warehouse.account: "444455556666" is the same as partner.account`}},
		"an account of the APIs": {map[string]string{"account": "444455556666"}, []string{`partner.account: "444455556666" is the same as account`}},
	} {
		t.Run(name, func(t *testing.T) {
			values := maps.Clone(good)
			maps.Copy(values, test.values)
			maps.DeleteFunc(values, func(_, value string) bool { return value == "-" })
			_, err := Parse(config.Settings{Values: values})
			require.Error(t, err)
			lines := strings.Split(err.Error(), "\n")[1:]
			require.Len(t, lines, len(test.want), "%v", err)
			for _, want := range test.want {
				assert.Contains(t, err.Error(), want)
			}
		})
	}
}

// TestShop checks that the design's policies allow exactly what they grant.
func TestShop(t *testing.T) {
	p, err := Shop.plan(config.Settings{Values: good})
	require.NoError(t, err)
	assert.Len(t, p.matrices, 2)
	wrong := Design{Routes: Shop.Routes, Policies: map[string]map[string][]string{"team": {"catalog": {"GET /orders"}}}}
	_, err = wrong.plan(config.Settings{Values: good})
	require.ErrorContains(t, err, `policy "team", API "catalog": "GET /orders" names no declared route`)
}
