package state_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/zoneloom/zoneloom/state"
)

func TestParseTTL(t *testing.T) {
	tests := []struct {
		name, in string
		want     state.TTL
		err      string
	}{
		{"seconds", "300", 300, ""},
		{"zero", "0", 0, ""},
		{"leading zeros", "0300", 300, ""},
		{"a unit", "5m", 300, ""},
		{"all units", "1w1d1h1m1s", 694861, ""},
		{"units in upper case", "2H", 7200, ""},
		{"seconds after a unit", "1h30", 3630, ""},
		{"auto", "Auto", state.TTLAuto, ""},
		{"one is no auto", "1", 1, ""},
		{"the largest", "2147483647", 2147483647, ""},
		{"empty", "", 0, "empty"},
		{"a word", "soon", 0, "is not a TTL"},
		{"a unit without a number", "m", 0, "is not a TTL"},
		{"two units", "5mm", 0, "is not a TTL"},
		{"a sign", "-1", 0, "is not a TTL"},
		{"a fraction", "1.5h", 0, "is not a TTL"},
		{"a blank", "5 m", 0, "is not a TTL"},
		{"too large", "2147483648", 0, "over 2147483647"},
		{"too large by its unit", "3551w", 0, "over 2147483647"},
		{"too large in sum", "3550w2147483647s", 0, "over 2147483647"},
		{"what would be TTLAuto", "4294967295", 0, "over 2147483647"},
		{"over 64 bits", strings.Repeat("9", 1<<18), 0, "over 2147483647"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := state.ParseTTL(tt.in)
			want := tt.want.String()
			if tt.err != "" {
				want = ""
			}
			checkResult(t, got.String(), err, want, tt.err)
		})
	}
}

func TestTTLJSON(t *testing.T) {
	for ttl, want := range map[state.TTL]string{0: "0", 1: "1", 86400: "86400", state.TTLAuto: `"auto"`} {
		got, err := json.Marshal(ttl)
		if err != nil || string(got) != want {
			t.Errorf("%v in JSON is %s, %v; want %s", ttl, got, err, want)
		}
		var back state.TTL
		if err := json.Unmarshal(got, &back); err != nil || back != ttl {
			t.Errorf("%s reads as %v, %v", got, back, err)
		}
	}
	for _, bad := range []string{"-1", "1.5", `"soon"`, "2147483648", "4294967295", "[]"} {
		var ttl state.TTL
		if err := json.Unmarshal([]byte(bad), &ttl); err == nil {
			t.Errorf("%s reads as %v", bad, ttl)
		}
	}
}

func FuzzTTL(f *testing.F) {
	for _, s := range []string{"300", "1h30m", "auto", "2147483647", "3551w"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ttl, err := state.ParseTTL(s)
		if err != nil {
			return
		}
		if again, err := state.ParseTTL(ttl.String()); err != nil || again != ttl {
			t.Errorf("ParseTTL(%q) = %v, which parses to %v, %v", s, ttl, again, err)
		}
		if ttl != state.TTLAuto && ttl > 1<<31-1 {
			t.Errorf("ParseTTL(%q) = %v", s, ttl)
		}
	})
}
