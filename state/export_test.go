package state

import "maps"

// What tests of package state_test look into.
var Pack = pack

// RDATAExamples returns each type's example of RDATA.
func RDATAExamples() map[Type]string {
	all := map[Type]string{TXT: `"v=spf1 -all"`, SPF: `"v=spf1 -all"`}
	for t, l := range maps.All(layouts) {
		all[t] = l.example
	}
	return all
}
