package policy

import (
	"reflect"
	"testing"
)

// LowerCosts has a plan cost a hundredth of what it may otherwise.
func LowerCosts(t *testing.T) {
	t.Helper()
	plans, changes := planCost, changeCost
	planCost, changeCost = plans/100, changes/100
	t.Cleanup(func() { planCost, changeCost = plans, changes })
}

// Struct is what an expression finds under a name.
type Struct struct {
	Name string
	Type reflect.Type
}

// Structs returns what expressions know, but for the sets of records.
func Structs() []Struct {
	all := []Struct{{"record", reflect.TypeFor[record]()}, {"change.risk", reflect.TypeFor[risk]()}}
	for name, t := range variables {
		all = append(all, Struct{name, t})
	}
	return all
}
