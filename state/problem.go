package state

// Severity says how bad a Problem is.
type Severity uint8

// Severities. Only an error stops a run.
const (
	SeverityError Severity = iota
	SeverityWarning
	SeverityNotice
)

// String returns "error", "warning" or "notice".
func (s Severity) String() string {
	return [...]string{"error", "warning", "notice"}[s]
}

// Problem is a fault or a remark about one wanted record or RRset, found
// without asking a service. Text is one sentence without a final dot that says
// what is wrong; Hint says what to do next, where that isn't plain.
type Problem struct {
	Key
	Data     string // of the record, where the problem is one record's
	Src      Src
	Severity Severity
	Code     string // stable name of the rule that found it, as in "ZL203"; "" where it has none
	Text     string
	Hint     string
}
