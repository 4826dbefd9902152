package account

// RandomAccounts returns the number of accounts of tests with random ones.
func RandomAccounts() int { return randomAccounts }
