// Package interop runs the Go clients of the Microsoft identity platform, unmodified, against a
// running Countersign. It consists of tests only.
package interop
