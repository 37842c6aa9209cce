package policy

import (
	"reflect"
	"sync"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/ext"
)

// The variables of an expression. Their fields are named as in the JSON of a
// plan, and docs/policy.md says what they mean.

// change is one change of an RRset.
type change struct {
	Action   string   `cel:"action"`
	Name     string   `cel:"name"`
	Relative string   `cel:"relative"`
	Type     string   `cel:"type"`
	Zone     string   `cel:"zone"`
	Provider string   `cel:"provider"`
	TTL      int64    `cel:"ttl"`
	Before   rrset    `cel:"before"`
	After    rrset    `cel:"after"`
	Added    []record `cel:"added"`
	Removed  []record `cel:"removed"`
	Risk     risk     `cel:"risk"`
}

// rrset is a set before or after a change; without records where there is none.
type rrset struct {
	Records []record       `cel:"records"`
	Attrs   map[string]any `cel:"attrs"`
}

type record struct {
	Data    string         `cel:"data"`
	Text    string         `cel:"text"`
	TTL     int64          `cel:"ttl"`
	AutoTTL bool           `cel:"auto_ttl"`
	Proxied bool           `cel:"proxied"`
	Comment string         `cel:"comment"`
	Tags    []string       `cel:"tags"`
	Attrs   map[string]any `cel:"attrs"`
}

type risk struct {
	Level   string   `cel:"level"`
	Reasons []string `cel:"reasons"`
}

// zone is what a plan does to one zone at one provider.
type zone struct {
	Name       string `cel:"name"`
	Provider   string `cel:"provider"`
	CreateZone bool   `cel:"create_zone"`
	Read       int64  `cel:"read"`
	Create     int64  `cel:"create"`
	Update     int64  `cel:"update"`
	Delete     int64  `cel:"delete"`
}

// summary is what a plan does in all.
type summary struct {
	Zones  int64 `cel:"zones"`
	Create int64 `cel:"create"`
	Update int64 `cel:"update"`
	Delete int64 `cel:"delete"`
}

// Run is who runs which command, when, and on whose word. Expressions know it as
// run.
type Run struct {
	Command   string    `cel:"command"`   // plan, apply, undo or restore
	Approvers []string  `cel:"approvers"` // who agrees with the change: people or teams
	Actor     string    `cel:"actor"`     // who runs the command
	Branch    string    `cel:"branch"`    // of the configuration; "" where it isn't known
	Commit    string    `cel:"commit"`    // likewise
	Base      string    `cel:"base"`      // the revision that the change is compared with, or ""
	Now       time.Time `cel:"now"`
}

// variables are the names that an expression may begin with, and their types.
var variables = map[string]reflect.Type{
	"change": reflect.TypeFor[change](),
	"zone":   reflect.TypeFor[zone](),
	"plan":   reflect.TypeFor[summary](),
	"run":    reflect.TypeFor[Run](),
}

// structs are all types with fields.
var structs = []reflect.Type{
	variables["change"], variables["zone"], variables["plan"], variables["run"],
	reflect.TypeFor[rrset](), reflect.TypeFor[record](), reflect.TypeFor[risk](),
}

// Bounds of an expression.
const (
	maxLength = 4096      // characters
	maxNodes  = 5000      // parts of an expression, macros written out
	maxDepth  = 50        // parts within one another
	maxCost   = 1_000_000 // of one evaluation, in CEL's own unit: 10 to 100 ns
	maxRegexp = 1000      // instructions of a compiled regular expression
)

// environment returns what expressions may use: the variables, the functions of
// CEL, and those of its extensions for texts, sets and addresses.
var environment = sync.OnceValues(func() (*cel.Env, error) {
	native := []any{ext.ParseStructTags(true)}
	for _, t := range structs {
		native = append(native, t)
	}
	options := []cel.EnvOption{
		ext.NativeTypes(native...),
		ext.Strings(),
		ext.Sets(),
		ext.Network(),
		cel.ParserExpressionSizeLimit(maxLength),
		cel.ExpressionNodeLimit(maxNodes),
		cel.ParserRecursionLimit(maxDepth),
		cel.RegexProgramSizeLimit(maxRegexp),
		cel.ExtendedValidations(),
	}
	for name, t := range variables {
		options = append(options, cel.Variable(name, cel.ObjectType("policy."+t.Name())))
	}
	return cel.NewEnv(options...)
})
