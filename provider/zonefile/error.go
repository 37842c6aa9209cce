package zonefile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Error is one fault in a master file.
type Error struct {
	File         string
	Line, Column int // from 1; 0 where the fault is the whole file's
	Text         string
}

// Error returns "example.com.zone:12:5: ...".
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Text
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Text)
}

// ErrorList is all that is wrong with a master file, in order.
type ErrorList []*Error

// maxShown bounds how many faults a text names: a file that is no master file
// has one in each line.
const maxShown = 10

// Error returns the faults, one a line.
func (l ErrorList) Error() string {
	var lines []string
	for i, e := range l {
		if i == maxShown {
			lines = append(lines, fmt.Sprintf("and %d more", len(l)-i))
			break
		}
		lines = append(lines, e.Error())
	}
	return strings.Join(lines, "\n")
}

// err returns l, in order, as an error, or nil where it is empty.
func (l ErrorList) err() error {
	if len(l) == 0 {
		return nil
	}
	slices.SortStableFunc(l, func(a, b *Error) int {
		if a.File != b.File {
			return 0
		}
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return l
}
