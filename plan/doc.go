// Package plan compares zones as they are with zones as they should be, and
// says what has to change, in which order, and which of it needs leave.
//
// It is pure: no clock, no network, no file. A Plan is plain data that can be
// stored as JSON, hashed, shown (package render) and applied later (package
// apply); Stale and Remaining hold it against a newer read.
package plan
