//go:build sweep

package account

func init() { randomAccounts = 1000 }
