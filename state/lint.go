package state

// Lint is what the owner of a zone says about findings of lint.
type Lint struct {
	// Ignore lists findings that are to be left out in the whole zone.
	Ignore []LintIgnore
	// At lists those that are to be left out for the record declared at a Src.
	At map[Src][]LintIgnore
	// Levels are severities other than a rule's own, by code.
	Levels map[string]LintLevel
	// Chain is how many CNAME records may lead from one to the next; 0: as many
	// as the rule allows by itself.
	Chain int
}

// LintIgnore leaves out the findings of one rule.
type LintIgnore struct {
	Code    string
	Records []Pattern // only for records that match one of them; none: for all
	Reason  string
	Src     Src // where the code is written
}

// LintLevel is the severity that a zone's owner gives a rule.
type LintLevel struct {
	Off      bool // the rule doesn't count at all
	Severity Severity
	Src      Src // where it is written
}
