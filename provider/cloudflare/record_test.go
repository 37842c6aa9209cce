package cloudflare_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zoneloom/zoneloom/provider/cloudflare"
	"github.com/zoneloom/zoneloom/state"
)

var ignoreInterned = cmpopts.EquateComparable(state.Attrs{})

func attrs(pairs ...any) state.Attrs {
	m := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i].(string)] = pairs[i+1]
	}
	return state.MakeAttrs(m)
}

var readCases = []struct {
	name, json string
	want       state.Entry
}{
	{
		"a TTL of 1 is automatic",
		`{"id":"a","name":"example.com","type":"A","content":"192.0.2.1","ttl":1,"proxied":false,"settings":{},"meta":{},"comment":null,"tags":[]}`,
		entry("example.com.", "A", state.TTLAuto, "192.0.2.1", state.Attrs{}),
	},
	{
		"a proxied record has no TTL of its own",
		`{"id":"a","name":"WWW.example.com","type":"AAAA","content":"2001:DB8::1","ttl":300,"proxied":true,"tags":null}`,
		entry("www.example.com.", "AAAA", state.TTLAuto, "2001:db8::1", attrs("proxied", true)),
	},
	{
		"attributes are a full set: nothing empty, tags sorted",
		`{"id":"a","name":"www.example.com","type":"CNAME","content":"Example.NET","ttl":300.0,"comment":"by web","tags":["z:1","Team:DNS"],"settings":{"flatten_cname":true,"ipv4_only":false},"private_routing":false}`,
		entry("www.example.com.", "CNAME", 300, "example.net.", attrs("comment", "by web", "tags", []string{"team:DNS", "z:1"}, "settings.flatten_cname", true)),
	},
	{
		"a name in Unicode is its A-labels",
		`{"id":"a","name":"münchen.example.com","type":"A","content":"192.0.2.1","ttl":300}`,
		entry("xn--mnchen-3ya.example.com.", "A", 300, "192.0.2.1", state.Attrs{}),
	},
	{
		"MX has its priority beside it",
		`{"id":"a","name":"example.com","type":"MX","content":"mx.example.com","priority":10.0,"ttl":300}`,
		entry("example.com.", "MX", 300, "10 mx.example.com.", state.Attrs{}),
	},
	{
		"a null MX",
		`{"id":"a","name":"example.com","type":"MX","content":".","priority":0,"ttl":300}`,
		entry("example.com.", "MX", 300, "0 .", state.Attrs{}),
	},
	{
		"SRV from data, not from content",
		`{"id":"a","name":"_sip._tcp.example.com","type":"SRV","content":"5 5060 sip.example.com","priority":10,"data":{"priority":10.0,"weight":5.0,"port":5060.0,"target":"sip.example.com"},"ttl":300}`,
		entry("_sip._tcp.example.com.", "SRV", 300, "10 5 5060 sip.example.com.", state.Attrs{}),
	},
	{
		"a null target of SRV may come as false",
		`{"id":"a","name":"_sip._tcp.example.com","type":"SRV","data":{"priority":0,"weight":0,"port":0,"target":false},"ttl":300}`,
		entry("_sip._tcp.example.com.", "SRV", 300, "0 0 0 .", state.Attrs{}),
	},
	{
		"SRV without data",
		`{"id":"a","name":"_sip._tcp.example.com","type":"SRV","content":"5 5060 sip.example.com","priority":10,"ttl":300}`,
		entry("_sip._tcp.example.com.", "SRV", 300, "10 5 5060 sip.example.com.", state.Attrs{}),
	},
	{
		"CAA with a tag in capitals",
		`{"id":"a","name":"example.com","type":"CAA","content":"0 issue \"ca.example\"","data":{"flags":0,"tag":"Issue","value":"ca.example"},"ttl":300}`,
		entry("example.com.", "CAA", 300, `0 issue "ca.example"`, state.Attrs{}),
	},
	{
		"SVCB parameters have one order",
		`{"id":"a","name":"example.com","type":"HTTPS","content":"1 . ipv4hint=192.0.2.1 alpn=h2","data":{"priority":1,"target":".","value":"ipv4hint=\"192.0.2.1\" alpn=\"h2\""},"ttl":300}`,
		entry("example.com.", "HTTPS", 300, canonical("HTTPS", `1 . alpn="h2" ipv4hint="192.0.2.1"`), state.Attrs{}),
	},
	{
		"a LOC with its zeros left out",
		`{"id":"a","name":"example.com","type":"LOC","data":{"lat_degrees":37,"lat_minutes":46,"lat_seconds":46,"lat_direction":"N","long_degrees":122,"long_minutes":23,"long_seconds":35,"long_direction":"W"},"ttl":300}`,
		entry("example.com.", "LOC", 300, canonical("LOC", "37 46 46 N 122 23 35 W 0m 0m 0m 0m"), state.Attrs{}),
	},
	{
		"the service's own records are read-only",
		`{"id":"a","name":"example.com","type":"MX","content":"route1.mx.cloudflare.net","priority":1,"ttl":1,"meta":{"read_only":true,"email_routing":true}}`,
		kept(entry("example.com.", "MX", state.TTLAuto, "1 route1.mx.cloudflare.net.", state.Attrs{})),
	},
	{
		"a type of the future is carried, read-only",
		`{"id":"a","name":"example.com","type":"WARP9","content":"engage now","ttl":300}`,
		kept(entry("example.com.", "WARP9", 300, "engage now", state.Attrs{})),
	},
	{
		"a type that the service doesn't have today is not ours to delete",
		`{"id":"a","name":"example.com","type":"DNAME","content":"x.example","ttl":300}`,
		kept(entry("example.com.", "DNAME", 300, "x.example.", state.Attrs{})),
	},
	{
		"content that nobody understands is carried, read-only",
		`{"id":"a","name":"example.com","type":"TLSA","content":"what","ttl":300}`,
		kept(entry("example.com.", "TLSA", 300, "what", state.Attrs{})),
	},
}

func TestRead(t *testing.T) {
	for _, tt := range readCases {
		t.Run(tt.name, func(t *testing.T) {
			got, err := cloudflare.Read("example.com.", []byte(tt.json))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, ignoreInterned); diff != "" {
				t.Errorf("Read (-want +got):\n%s", diff)
			}
		})
	}
}

func entry(name state.Name, typ state.Type, ttl state.TTL, data string, a state.Attrs) state.Entry {
	return state.Entry{Key: state.Key{Name: name, Type: typ}, Record: state.Record{Data: data, TTL: ttl, Attrs: a}}
}

func kept(e state.Entry) state.Entry {
	e.Kept = state.ReadOnly
	return e
}

// canonical is the canonical form of text, which the tests' authors got right.
func canonical(typ state.Type, text string) string {
	data, err := state.ParseData(typ, text, nil)
	if err != nil {
		panic(err)
	}
	return data
}

func TestReadRefuses(t *testing.T) {
	for _, tt := range []struct{ name, json string }{
		{"a record of another zone", `{"id":"a","name":"www.example.net","type":"A","content":"192.0.2.1","ttl":300}`},
		{"a name that is none", `{"id":"a","name":"a..example.com","type":"A","content":"192.0.2.1","ttl":300}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if e, err := cloudflare.Read("example.com.", []byte(tt.json)); err == nil {
				t.Errorf("Read = %v, want an error", e)
			}
		})
	}
}

// TestTypesAgree holds the fields of the API against those of the model, which
// they are translated to by their place.
func TestTypesAgree(t *testing.T) {
	for _, typ := range cloudflare.Types {
		names := cloudflare.Fields(typ)
		fields := state.Fields(typ)
		if len(names) == 0 {
			continue
		}
		if len(fields) != len(names) {
			t.Errorf("%s has %d fields in the model, %d at the API", typ, len(fields), len(names))
			continue
		}
		for i, f := range fields {
			if f.Name != names[i] {
				t.Errorf("%s: field %d is %s in the model, %s at the API", typ, i, f.Name, names[i])
			}
		}
	}
}

// samples are presentation forms for each type that the service holds.
var samples = map[state.Type][]string{
	"A":      {"192.0.2.1"},
	"AAAA":   {"2001:db8::1", "::ffff:192.0.2.1"},
	"CAA":    {`0 issue "letsencrypt.org"`, `128 iodef "mailto:a@example.com"`, `0 issue ";"`, `0 issue "ca.example; a=b"`},
	"CERT":   {"1 2 8 dGVzdA=="},
	"CNAME":  {"www.example.net.", "_x.example.com."},
	"DNSKEY": {"257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ=="},
	"DS":     {"29389 13 2 f5ad5a41bf1287f16075a5eaac282347840578d7ed99b9266d8e01f56c02c4b2"},
	"HTTPS":  {`1 . alpn="h3,h2" ipv4hint="192.0.2.1"`, "0 svc.example.net.", `1 svc.example.net. port=8443 no-default-alpn alpn=h2 key667="a b"`},
	"LOC":    {"37 46 46.123 N 122 23 35 W 10.5m 100m 20m 2m", "0 0 0 S 0 0 0 E -100000m 0m 0m 0m"},
	"MX":     {"10 mx.example.com.", "0 ."},
	"NAPTR":  {`30 100 "S" "SIP+D2T" "" _sip._tls.example.com.`, `10 10 "u" "E2U+sip" "!^.*$!sip:a@example.com!" .`, `1 1 "U" "x" "!\\d!\\1!" .`},
	"NS":     {"ns1.example.net."},
	"OPENPGPKEY": {
		"dGVzdA==",
	},
	"PTR":    {"host.example.com."},
	"SMIMEA": {"3 1 1 d2abde240d7cd3ee6b4b28c54df034b97983a1d16e8a410e4561cb106618e971"},
	"SRV":    {"10 5 5060 sip.example.com.", "0 0 0 ."},
	"SSHFP":  {"1 1 123456789abcdef67890123456789abcdef67890"},
	"SVCB":   {`16 foo.example.org. alpn=h2 mandatory=alpn`, "1 ."},
	"TLSA":   {"3 1 1 d2abde240d7cd3ee6b4b28c54df034b97983a1d16e8a410e4561cb106618e971"},
	"TXT":    {`"v=spf1 -all"`, `"a\"b\\c;d"`, `"` + strings.Repeat("x", 600) + `"`, `" "`, `"\195\164\255\000"`},
	"URI":    {`10 1 "ftp://ftp1.example.com/public"`, `10 1 "https://a.example/?q=%22"`},
}

// TestEveryTypeGoesRound writes each sample and reads what was written as the
// service would show it.
func TestEveryTypeGoesRound(t *testing.T) {
	for _, typ := range cloudflare.Types {
		if len(samples[typ]) == 0 {
			t.Errorf("no sample of %s", typ)
		}
		for _, text := range samples[typ] {
			t.Run(string(typ)+" "+text[:min(len(text), 30)], func(t *testing.T) {
				e := entry("x.example.com.", typ, 300, canonical(typ, text), attrs("comment", "c"))
				goesRound(t, e)
			})
		}
	}
}

func goesRound(t *testing.T, e state.Entry) {
	t.Helper()
	sent, err := cloudflare.Post(e)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(sent, &m); err != nil {
		t.Fatal(err)
	}
	m["id"] = "a"
	shown, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	got, err := cloudflare.Read("example.com.", shown)
	if err != nil {
		t.Fatalf("Read(%s): %v", shown, err)
	}
	if diff := cmp.Diff(e, got, ignoreInterned); diff != "" {
		t.Errorf("%s comes back changed (-want +got):\n%s", sent, diff)
	}
}

func FuzzRecordGoesRound(f *testing.F) {
	for typ, texts := range samples {
		for _, text := range texts {
			f.Add(string(typ), text)
		}
	}
	f.Fuzz(func(t *testing.T, typ, text string) {
		key := state.Key{Name: "x.example.com.", Type: state.Type(typ)}
		if _, held := samples[key.Type]; !held {
			return
		}
		data, err := state.ParseData(key.Type, text, nil)
		if err != nil {
			return
		}
		want := state.NewZone("example.com.", []state.Entry{{Key: key, Record: state.Record{Data: data, TTL: 300}}})
		stored, problems := (&cloudflare.Provider{}).Check(want, nil)
		for _, p := range problems {
			if p.Severity == state.SeverityError && !strings.Contains(p.Text, "DS record only") {
				return
			}
		}
		goesRound(t, state.Entry{Key: key, Record: stored.RRsets[0].Records[0]})
	})
}

func FuzzTXTGoesRound(f *testing.F) {
	for _, s := range []string{"", "a", `"`, `\`, `"a"`, "é", strings.Repeat("é", 200), strings.Repeat("\xff", 300), "a\nb", `\065`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		content := cloudflare.WriteTXT(s)
		carried, err := json.Marshal(content)
		if err != nil {
			t.Fatal(err)
		}
		var arrived string
		if err := json.Unmarshal(carried, &arrived); err != nil {
			t.Fatal(err)
		}
		if got, want := cloudflare.ReadTXT(arrived), state.TXTData(s); got != want {
			t.Errorf("%q is sent as %s and read as %s, want %s", s, content, got, want)
		}
		for chunk := range strings.SplitSeq(content, `" "`) {
			if len(chunk) > 4*255+2 {
				t.Errorf("a chunk of %d characters in %s", len(chunk), content)
			}
		}
	})
}

func TestReadTXT(t *testing.T) {
	for _, tt := range []struct{ name, content, want string }{
		{"raw text is the text itself", `v=spf1 -all`, `v=spf1 -all`},
		{"quoted text is unquoted", `"v=spf1 -all"`, `v=spf1 -all`},
		{"chunks are joined", `"ab" "cd"`, `abcd`},
		{"raw text is not unescaped", `a\065`, `a\065`},
		{"quoted text is", `"a\065\"\\"`, `aA"\`},
		{"quotes that don't match are text", `"a"b"`, `"a"b"`},
		{"a quote alone is text", `"`, `"`},
		{"quotes within are text", `a "b" c`, `a "b" c`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := cloudflare.ReadTXT(tt.content); got != state.TXTData(tt.want) {
				t.Errorf("ReadTXT(%s) = %s, want %s", tt.content, got, state.TXTData(tt.want))
			}
		})
	}
}

func TestPatch(t *testing.T) {
	plain := state.Record{Data: "192.0.2.1", TTL: 300}
	for _, tt := range []struct {
		name          string
		typ           state.Type
		before, after state.Record
		want          string
	}{
		{"only the TTL", "A", plain, state.Record{Data: "192.0.2.1", TTL: 60}, `{"id":"id","ttl":60}`},
		{"only the data", "A", plain, state.Record{Data: "192.0.2.2", TTL: 300}, `{"id":"id","content":"192.0.2.2"}`},
		{"proxying gives the TTL up", "A", plain, state.Record{Data: "192.0.2.1", TTL: state.TTLAuto, Attrs: attrs("proxied", true)}, `{"id":"id","ttl":1,"proxied":true}`},
		{"unproxying sends the TTL", "A", state.Record{Data: "192.0.2.1", TTL: state.TTLAuto, Attrs: attrs("proxied", true)}, state.Record{Data: "192.0.2.1", TTL: state.TTLAuto}, `{"id":"id","ttl":1,"proxied":false}`},
		{"a comment is cleared", "A", state.Record{Data: "192.0.2.1", TTL: 300, Attrs: attrs("comment", "x", "tags", []string{"a"})}, state.Record{Data: "192.0.2.1", TTL: 300, Attrs: attrs("tags", []string{"a"})}, `{"id":"id","comment":""}`},
		{"tags are cleared", "A", state.Record{Data: "192.0.2.1", TTL: 300, Attrs: attrs("comment", "x", "tags", []string{"a"})}, state.Record{Data: "192.0.2.1", TTL: 300, Attrs: attrs("comment", "x")}, `{"id":"id","tags":[]}`},
		{"settings go whole", "CNAME", state.Record{Data: "a.example.", TTL: 300, Attrs: attrs("settings.ipv4_only", true, "settings.flatten_cname", true)}, state.Record{Data: "a.example.", TTL: 300, Attrs: attrs("settings.flatten_cname", true, "settings.ipv6_only", true)}, `{"id":"id","settings":{"flatten_cname":true,"ipv4_only":false,"ipv6_only":true}}`},
		{"a priority goes with its host", "MX", state.Record{Data: "10 a.example.", TTL: 300}, state.Record{Data: "0 a.example.", TTL: 300}, `{"id":"id","content":"a.example","priority":0}`},
		{"data goes whole", "CAA", state.Record{Data: `0 issue "a"`, TTL: 300}, state.Record{Data: `0 issue "b"`, TTL: 300}, `{"id":"id","data":{"flags":0,"tag":"issue","value":"b"}}`},
		{"private routing only where it changes", "A", plain, state.Record{Data: "192.0.2.1", TTL: 300, Attrs: attrs("private_routing", true)}, `{"id":"id","private_routing":true}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := cloudflare.Patch(tt.typ, tt.before, tt.after)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tt.want {
				t.Errorf("Patch = %s, want %s", got, tt.want)
			}
		})
	}
}

// FuzzRead has the service answer whatever it likes.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"id":"a","name":"www.example.com","type":"A","content":"192.0.2.1","ttl":300,"settings":{"ipv4_only":true,"x":{}},"tags":["a","A"],"comment":null}`))
	f.Add([]byte(`{"id":"a","name":"example.com","type":"SRV","content":"","priority":1,"data":{"port":false,"target":null},"ttl":-5}`))
	f.Add([]byte(`{"id":"a","name":"example.com","type":"LOC","data":{"lat_degrees":1e300,"lat_direction":"N S"},"ttl":1e300}`))
	f.Add([]byte(`{"id":"a","name":"example.com","type":"TXT","content":"\"a\\\"","ttl":1}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		e, err := cloudflare.Read("example.com.", text)
		if err != nil {
			return
		}
		if !e.Name.IsIn("example.com.") || e.Type == "" && e.Kept == state.Ours {
			t.Errorf("Read(%s) = %+v", text, e)
		}
		if full := (state.Attrs{}).Lay(e.Attrs); full != e.Attrs {
			t.Errorf("Read(%s) has empty attributes: %v", text, e.Attrs.Map())
		}
		if e.Kept == state.Ours && e.Type != state.SOA {
			if again, err := state.ParseData(e.Type, e.Data, nil); err != nil || again != e.Data {
				t.Errorf("Read(%s) has data %q, which is %q, %v", text, e.Data, again, err)
			}
		}
	})
}
