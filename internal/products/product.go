package products

import (
	"fmt"
	"reflect"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Limits of a product's fields. Characters are Unicode code points.
const (
	// MaxName is the longest name, in characters.
	MaxName = 100
	// MaxDescription is the longest description, in characters.
	MaxDescription = 1000
	// MaxPrice is the highest price, in minor units of its currency. Every JSON
	// reader holds it exactly.
	MaxPrice = 999_999_999_999
)

// Product is a product as the service keeps and returns it. Its JSON names are also
// those of the table's attributes.
type Product struct {
	// ID is a UUID of version 7, which the service creates.
	ID string `json:"id" dynamodbav:"id"`
	// Name has 1 to [MaxName] characters.
	Name string `json:"name" dynamodbav:"name"`
	// Description has up to [MaxDescription] characters, and may be absent.
	Description string `json:"description,omitempty" dynamodbav:"description,omitempty"`
	// Price is in minor units of the currency, such as cents: 0 to [MaxPrice]. A
	// product may have neither a price nor a currency.
	Price *int64 `json:"price,omitempty" dynamodbav:"price,omitempty"`
	// Currency is three capital letters, as in ISO 4217.
	Currency string `json:"currency,omitempty" dynamodbav:"currency,omitempty"`
	// CreatedBy is the ARN of the IAM principal that added the product, or the subject of
	// its token. The catalog leaves it out.
	CreatedBy string `json:"createdBy,omitempty" dynamodbav:"createdBy"`
	// CreatedAt is in UTC, in whole seconds.
	CreatedAt time.Time `json:"createdAt" dynamodbav:"createdAt"`
}

// draft holds the fields of a product that its creator chooses.
type draft struct {
	name        string
	description string
	price       *int64
	currency    string
}

// product returns the draft as a product with a new id.
func (d draft) product(creator string) (Product, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Product{}, fmt.Errorf("create a product's id: %w", err)
	}
	return Product{
		ID:          id.String(),
		Name:        d.name,
		Description: d.description,
		Price:       d.price,
		Currency:    d.currency,
		CreatedBy:   creator,
		CreatedAt:   time.Now().UTC().Truncate(time.Second),
	}, nil
}

// same reports whether two products are equal. Their creation times may be in
// different zones.
func (p Product) same(other Product) bool {
	if !p.CreatedAt.Equal(other.CreatedAt) {
		return false
	}
	p.CreatedAt, other.CreatedAt = time.Time{}, time.Time{}
	return reflect.DeepEqual(p, other)
}

func validName(name string) bool {
	return name != "" && utf8.RuneCountInString(name) <= MaxName && strings.TrimSpace(name) == name &&
		!strings.ContainsFunc(name, broken)
}

func validDescription(description string) bool {
	return utf8.RuneCountInString(description) <= MaxDescription && !strings.ContainsFunc(description, func(r rune) bool {
		return r != '\n' && r != '\t' && broken(r)
	})
}

func validPrice(price int64) bool {
	return price >= 0 && price <= MaxPrice
}

func validCurrency(currency string) bool {
	return len(currency) == 3 && strings.Trim(currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// broken reports whether a character is not allowed in a text: a control character,
// or the one that decoders insert in the place of invalid bytes.
func broken(r rune) bool {
	return unicode.IsControl(r) || r == utf8.RuneError
}
