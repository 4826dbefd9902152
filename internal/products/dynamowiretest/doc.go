// Package dynamowiretest answers a DynamoDB client over HTTP, from tables in
// memory. It speaks JSON 1.0 as DynamoDB does, and knows the two actions that the
// product service calls: PutItem of a new item, and Scan. Whatever else is asked
// of it, an action, a parameter, an expression, a type of attribute, it refuses
// by name.
package dynamowiretest
