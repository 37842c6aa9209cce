// Package policy judges plans by rules of their owner's own: expressions of CEL,
// the Common Expression Language, over what a plan does, who runs it and when.
//
// It is the only package that knows CEL. It reads no file, no environment and no
// clock: those who call it say what time it is. An expression can't loop, call
// anything, or cost more than a bound that is known before it is first evaluated;
// one that can't be evaluated objects.
package policy
