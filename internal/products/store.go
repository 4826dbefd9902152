package products

import (
	"context"
	"errors"
)

// Store keeps products. Its methods are safe for concurrent use, and end early
// with an error when their context does.
type Store interface {
	// Add keeps a product. It returns [ErrTaken] if another product has the id.
	// Adding the same product again succeeds, so that a request whose response was
	// lost can be repeated.
	Add(ctx context.Context, p Product) error
	// List returns a page of up to limit products, which is at least 1, in any order.
	// After is the [Page.Next] of the page before, or empty for the first page.
	List(ctx context.Context, limit int, after string) (Page, error)
}

// Page is a part of all products.
type Page struct {
	Products []Product
	// Next is the id after which the next page begins. That product need not exist.
	// It is empty on the last page. Any page may have fewer products than the limit,
	// or none.
	Next string
}

// ErrTaken is returned for a product whose id another product has.
var ErrTaken = errors.New("the product's id is taken")
