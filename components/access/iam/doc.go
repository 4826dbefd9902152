// Package iam evaluates IAM policies.
package iam
