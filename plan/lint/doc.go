// Package lint looks for records that no service refuses and that are wrong all
// the same: what a standard forbids, what can't work, and what an attacker could
// use. It is pure and offline: it sees the wanted zones and nothing else, so that
// it judges only what they hold by themselves.
//
// Each rule has a code that never changes its meaning, such as ZL203, and a page
// of that name in docs/lint.
package lint
