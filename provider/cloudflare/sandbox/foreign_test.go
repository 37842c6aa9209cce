package sandbox_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/provider/cloudflare/sandbox"
)

// octoDNSCalls are records as octoDNS sends them, and what it must read back in order to find nothing to do.
var octoDNSCalls = []struct{ body, content, data string }{
	{`{"content":"192.0.2.1","name":"a.seed.test","type":"A","ttl":300,"proxied":false}`, "192.0.2.1", ""},
	{`{"content":"t.example.net.","name":"seed.test","type":"CNAME","ttl":300,"proxied":false}`, "t.example.net", ""},
	{`{"priority":10,"content":"mx.example.net.","name":"seed.test","type":"MX","ttl":300}`, "mx.example.net", ""},
	{`{"priority":0,"content":".","name":"null.seed.test","type":"MX","ttl":300}`, ".", ""},
	{`{"content":"has \"quotes\" and \\ within;","name":"t.seed.test","type":"TXT","ttl":300}`, `has "quotes" and \ within;`, ""},
	{`{"content":"ns1.example.net.","name":"sub.seed.test","type":"NS","ttl":300}`, "ns1.example.net", ""},
	{
		`{"data":{"key_tag":1,"algorithm":13,"digest_type":2,"digest":"b5bb"},"name":"sub.seed.test","type":"DS","ttl":300}`,
		"1 13 2 b5bb", `{"key_tag":1,"algorithm":13,"digest_type":2,"digest":"b5bb"}`,
	},
	{
		`{"data":{"service":"_sip","proto":"_tcp","name":"seed.test.","priority":1,"weight":2,"port":3,"target":"sip.example.net"},"name":"_sip._tcp.seed.test","type":"SRV","ttl":300}`,
		"2 3 sip.example.net", `{"priority":1,"weight":2,"port":3,"target":"sip.example.net"}`,
	},
	{
		`{"data":{"priority":1,"target":".","value":" alpn=\"h2,h3\" port=\"8443\""},"name":"h.seed.test","type":"HTTPS","ttl":300}`,
		`1 . alpn="h2,h3" port="8443"`, `{"priority":1,"target":".","value":"alpn=\"h2,h3\" port=\"8443\""}`,
	},
	{
		`{"data":{"flags":"S","order":10,"preference":100,"regex":"!^.*$!sip:i@example.com!","replacement":".","service":"SIP+D2U"},"name":"n.seed.test","type":"NAPTR","ttl":300}`,
		`10 100 "S" "SIP+D2U" "!^.*$!sip:i@example.com!" .`,
		`{"order":10,"preference":100,"flags":"S","service":"SIP+D2U","regex":"!^.*$!sip:i@example.com!","replacement":"."}`,
	},
	{
		`{"data":{"lat_degrees":31,"lat_minutes":58,"lat_seconds":52.1,"lat_direction":"S","long_degrees":115,"long_minutes":49,"long_seconds":11.7,"long_direction":"E","altitude":20.0,"size":10.0,"precision_horz":10.0,"precision_vert":2.0},"name":"l.seed.test","type":"LOC","ttl":300}`,
		"31 58 52.100 S 115 49 11.700 E 20.00 10.00 10.00 2.00",
		`{"lat_degrees":31,"lat_minutes":58,"lat_seconds":52.1,"lat_direction":"S","long_degrees":115,"long_minutes":49,"long_seconds":11.7,"long_direction":"E","altitude":20,"size":10,"precision_horz":10,"precision_vert":2}`,
	},
}

// TestOctoDNSCalls makes a zone as octoDNS does: single calls, pages it counts by itself, page rules, and SRV data as before
// 2024-07. It deletes a record at the zone that the record names.
func TestOctoDNSCalls(t *testing.T) {
	c := start(t, sandbox.Options{LegacySRV: true, WithZoneName: true})
	c.must("POST", "/zones", `{"name":"seed.test","jump_start":false,"account":{"id":"`+sandbox.DefaultAccount+`"}}`)
	var zones []struct{ ID string }
	decode(t, c.must("GET", "/zones?page=1&per_page=50&account.id="+sandbox.DefaultAccount, ""), &zones)
	z := "/zones/" + zones[0].ID
	for _, tt := range octoDNSCalls {
		var got struct {
			ID, Content string
			ZoneID      string `json:"zone_id"`
			Data        json.RawMessage
		}
		id := idOf(t, c.must("POST", z+"/dns_records", tt.body))
		decode(t, c.must("GET", z+"/dns_records/"+id, ""), &got)
		if got.Content != tt.content || string(got.Data) != tt.data || "/zones/"+got.ZoneID != z {
			t.Errorf("%s reads back as %q, %s, in zone %s", tt.body, got.Content, got.Data, got.ZoneID)
		}
	}
	if rules := c.must("GET", z+"/pagerules?status=active", ""); string(rules) != "[]" {
		t.Errorf("page rules: %s, want none", rules)
	}
	names, count, total := c.records(z + "/dns_records?page=1&per_page=5")
	if count != 5 || total != len(octoDNSCalls) || len(names) != 5 {
		t.Errorf("the first page has %d of %d, want 5 of %d", count, total, len(octoDNSCalls))
	}
}

func decode(t *testing.T, raw json.RawMessage, v any) {
	t.Helper()
	if err := json.Unmarshal(raw, v); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
}

// TestTerraformsUpdate puts a whole record, as Terraform does, with null for what isn't set, and reads it unchanged.
func TestTerraformsUpdate(t *testing.T) {
	c := start(t, sandbox.Options{})
	z := c.zone("seed.test")
	id := idOf(t, c.must("POST", z+"/dns_records", `{"name":"www.seed.test","type":"A","content":"192.0.2.1","ttl":300.0,"comment":"c","tags":["a:b"],"proxied":false}`))
	put := c.must("PUT", z+"/dns_records/"+id, `{"name":"www.seed.test","type":"A","content":"192.0.2.2","ttl":1.0,"comment":"c","tags":["a:b"],"proxied":true,"data":null,"priority":null,"settings":{"flatten_cname":null,"ipv4_only":null,"ipv6_only":null}}`)
	var got map[string]any
	decode(t, put, &got)
	if got["comment_modified_on"] != got["created_on"] || got["tags_modified_on"] != got["created_on"] {
		t.Errorf("comment and tags didn't change, but moved in time: %s", put)
	}
	if diff := cmp.Diff(map[string]any{}, got["settings"]); diff != "" {
		t.Errorf("settings that are null aren't absent (-want +got):\n%s", diff)
	}
	if again := c.must("GET", z+"/dns_records/"+id, ""); string(again) != string(put) {
		t.Errorf("a refresh sees\n%s, not\n%s", again, put)
	}
}

// TestADeleteWithoutTheEnvelope is as the published schema has it.
func TestADeleteWithoutTheEnvelope(t *testing.T) {
	c := start(t, sandbox.Options{BareDeletes: true})
	z := c.zone("seed.test")
	id := idOf(t, c.must("POST", z+"/dns_records", `{"name":"a","type":"A","content":"192.0.2.1"}`))
	status, got := c.request("DELETE", z+"/dns_records/"+id, "")
	if want := `{"result":{"id":"` + id + `"}}`; status != http.StatusOK || strings.TrimSpace(got) != want {
		t.Errorf("%d %s, want %s", status, got, want)
	}
}
