package account

// RandomAccounts returns the number of accounts in tests with random accounts.
func RandomAccounts() int { return randomAccounts }
