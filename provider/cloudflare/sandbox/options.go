package sandbox

import (
	"fmt"
	"os"
	"slices"
	"time"
)

// What a sandbox has out of the box.
const (
	DefaultAccount = "01a7362d577a6c3019a474fd6f485823"
	DefaultUser    = "7c5dae5552338874e5053f2534d2767a"
	DefaultEmail   = "ops@example.com"
	DefaultToken   = "TESTTOKEN"
	// BasePath is what stands before every route.
	BasePath = "/client/v4"
)

// Options says how a sandbox differs from one that is fresh, unlimited by rate, and keeps nothing.
type Options struct {
	Data       string           // path of the append-only log; "" keeps nothing
	Dir        *os.Root         // the folder that Data starts from and never leaves; the caller closes it; nil: any path will do
	Plan       string           // legacy id of the plan of new zones; "" is "enterprise"
	BatchLimit int              // operations in one batch; 0: by the zone's plan
	Quota      int              // records in one zone; 0: by the zone's plan
	Accounts   []Account        // beside DefaultAccount
	Tokens     []Token          // beside DefaultToken, which has all rights
	Keys       []Key            // legacy keys of the user
	RateLimit  Rate             // the zero Rate limits nothing
	Faults     []Fault          // as for SetFaults
	Now        func() time.Time // nil: time.Now

	NoPointers   bool // leave source.pointer out of the errors of a batch, as the service may
	LegacySRV    bool // accept service, proto and name in the data of SRV, as before 2024-07
	BareDeletes  bool // answer the DELETE of a record without the envelope, as the published schema has it
	WithZoneName bool // put zone_id and zone_name into records, as before 2024-11
}

// Account holds zones.
type Account struct{ ID, Name string }

// Permission is one group of rights that a token may have.
type Permission string

// The groups that the sandbox tells apart. An edit group includes its read group.
const (
	ZoneRead        Permission = "zone:read"
	ZoneEdit        Permission = "zone:edit"
	DNSRead         Permission = "dns:read"
	DNSEdit         Permission = "dns:edit"
	DNSSettingsRead Permission = "dns_settings:read"
	DNSSettingsEdit Permission = "dns_settings:edit"
	AccountRead     Permission = "account:read"
	AccountEdit     Permission = "account:edit"
	UserRead        Permission = "user:read"
	UserEdit        Permission = "user:edit"
)

// Token is an API token. It belongs to the user, unless Account says that it belongs to an account.
type Token struct {
	ID          string // 32 hex digits; "" takes a random one
	Value       string // the secret
	Account     string // the id of the owning account; "" is a user's token
	Permissions []Permission
	All         bool     // every permission
	Zones       []string // names or ids of the zones it covers; none: all of its accounts
	Accounts    []string // ids of the accounts it covers; none: all
	Status      string   // "active" (also ""), "disabled" or "expired"
	ExpiresOn   time.Time
	NotBefore   time.Time
}

// Key is a legacy global key, which has all rights of the user.
type Key struct{ Email, Key string }

// Rate allows that many requests in a window; one more blocks every call until a further window has passed.
type Rate struct {
	Requests int
	Window   time.Duration
}

func (o Options) check() error {
	if _, ok := plans[o.Plan]; o.Plan != "" && !ok {
		return fmt.Errorf("sandbox: unknown plan %q: use free, pro, business or enterprise", o.Plan)
	}
	if o.BatchLimit < 0 || o.Quota < 0 {
		return fmt.Errorf("sandbox: batch limit %d and quota %d must not be negative", o.BatchLimit, o.Quota)
	}
	if o.RateLimit.Requests < 0 || (o.RateLimit.Requests > 0 && o.RateLimit.Window <= 0) {
		return fmt.Errorf("sandbox: rate of %d requests in %v: give both as positive numbers", o.RateLimit.Requests, o.RateLimit.Window)
	}
	for _, a := range o.Accounts {
		if !isID(a.ID) {
			return fmt.Errorf("sandbox: account id %q: use 32 lower-case hex digits", a.ID)
		}
	}
	for i, t := range o.Tokens {
		if !tokenForm.MatchString(t.Value) || (t.ID != "" && !isID(t.ID)) {
			return fmt.Errorf("sandbox: token %d: its value must be letters, digits, - or _, and its id 32 lower-case hex digits", i+1)
		}
		if !slices.Contains([]string{"", "active", "disabled", "expired"}, t.Status) {
			return fmt.Errorf("sandbox: token %d: status %q: use active, disabled or expired", i+1, t.Status)
		}
	}
	return nil
}
