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
	// List returns a page of up to limit products, at least 1, in an order of the
	// store's own. After is the [Page.Next] of the page before, or empty for the
	// first page.
	List(ctx context.Context, limit int, after string) (Page, error)
}

// Page is a part of all products.
type Page struct {
	Products []Product
	// Next is the id that the next page begins after, whether that product still
	// exists or not. It is empty on the last page. A page that is not the last may
	// hold fewer products than asked for, or none.
	Next string
}

// ErrTaken is the error of adding a product under the id of another.
var ErrTaken = errors.New("the product's id is taken")
