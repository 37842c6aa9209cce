package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// zoneName is the zone that is measured.
const zoneName = "figures.example"

// configuration is what stands above the records.
const configuration = `providers:
  cloudflare: {type: cloudflare, token: %s, url: "%s"}
zones:
  %s:
    provider: cloudflare
    records:
`

// seed is a record as the sandbox is seeded with it.
type seed struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Content  string `json:"content"`
	TTL      int    `json:"ttl"`
	Priority *int   `json:"priority,omitempty"`
	Proxied  bool   `json:"proxied"`
	Comment  string `json:"comment,omitempty"`
}

// makeZone returns a zone of n records twice: the records part of a
// configuration, and lines that seed the sandbox with the same. The mix is that
// of a large public zone: two in five are CNAMEs, as many addresses, then TXT
// and MX; every fourth address is proxied.
func makeZone(n int) (records, lines []byte) {
	var yaml, jsonl bytes.Buffer
	encoder := json.NewEncoder(&jsonl)
	for i := range n {
		label := fmt.Sprintf("host-%06d", i)
		s := seed{Name: label + "." + zoneName, TTL: 300}
		value, attrs := "", ""
		switch i % 10 {
		case 0, 1, 2, 3:
			s.Type, s.Content = "CNAME", fmt.Sprintf("target-%06d.pages.example", i)
			value = s.Content + "."
		case 4:
			s.Type, s.Content, s.TTL, s.Proxied = "A", address(i), 1, true
			value, attrs = s.Content, ", proxied: true"
		case 5, 6, 7:
			s.Type, s.Content = "A", address(i)
			value = s.Content
		case 8:
			s.Type, s.Content = "TXT", fmt.Sprintf(`"site-verification=%032x"`, i)
			value, s.Comment = fmt.Sprintf("site-verification=%032x", i), "asked for by web"
			attrs = `, comment: "asked for by web"`
		case 9:
			priority := 10
			s.Type, s.Content, s.Priority = "MX", "mx.mail.example", &priority
			value = "10 mx.mail.example."
		}
		fmt.Fprintf(&yaml, "      %s:\n        {type: %s, value: %q%s}\n", label, s.Type, value, attrs)
		if err := encoder.Encode(s); err != nil {
			panic(err) // a seed is plain data
		}
	}
	return yaml.Bytes(), jsonl.Bytes()
}

func address(i int) string { return fmt.Sprintf("198.51.%d.%d", i/250%250, i%250) }

// writeConfig writes a configuration with the given records into folder and
// returns its path.
func writeConfig(folder, api string, records []byte) (string, error) {
	path := filepath.Join(folder, "zoneloom.yaml")
	text := append(fmt.Appendf(nil, configuration, token, api, zoneName), records...)
	return path, os.WriteFile(path, text, 0o600)
}
