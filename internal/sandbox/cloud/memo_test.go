package cloud_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

func TestMemo(t *testing.T) {
	c := cloud.New()
	var memo cloud.Memo[int]
	calls := 0
	read := func() (int, error) { calls++; return calls, nil }
	assert.Equal(t, 1, Must(memo.Get(c, "a", read)))
	assert.Equal(t, 1, Must(memo.Get(c, "a", read)))
	assert.Equal(t, 2, Must(memo.Get(c, "b", read)))
	Must(c.Account(cloud.APIAccount).CreateUser(cloud.CreateUserInput{UserName: "john"}))
	assert.Equal(t, 3, Must(memo.Get(c, "a", read)), "the accounts have changed")

	_, err := memo.Get(c, "c", func() (int, error) { return 0, errors.New("out of tea") })
	assert.EqualError(t, err, "out of tea")
	assert.Equal(t, 4, Must(memo.Get(c, "c", read)), "an error is not kept")

	Must(memo.Get(c, "d", func() (int, error) {
		OK(c.Account(cloud.APIAccount).DeleteUser("john"))
		return 0, nil
	}))
	assert.Equal(t, 5, Must(memo.Get(c, "d", read)), "the accounts changed after the value was read")
	text := Must(c.MarshalJSON())
	OK(c.UnmarshalJSON(text))
	assert.Equal(t, 6, Must(memo.Get(c, "d", read)), "the accounts were replaced")
}
