package config_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zoneloom/zoneloom/config"
)

// Includes that multiply, loop or lead astray end in a fault, and soon: without
// bounds these would take longer than any test may.
func TestOctodnsHostileIncludes(t *testing.T) {
	doubling := fstest.MapFS{}
	for i := range 40 {
		text := fmt.Sprintf("<<: [!include f%d.yaml, !include f%d.yaml]\n", i+1, i+1)
		doubling[fmt.Sprintf("f%d.yaml", i)] = &fstest.MapFile{Data: []byte(text)}
	}
	doubling["f40.yaml"] = &fstest.MapFile{Data: []byte("a: {type: A, value: 192.0.2.1}\n")}

	lists := fstest.MapFS{"f0.yaml": {Data: []byte("a: !include [" + strings.Repeat("l.yaml, ", 50_000) + "]\n")}}
	lists["l.yaml"] = &fstest.MapFile{Data: []byte("[" + strings.Repeat("{type: A, value: 192.0.2.1}, ", 1000) + "]")}

	aliases := "a0: &a0 {type: A, value: 192.0.2.1}\n"
	for i := range 40 {
		aliases += fmt.Sprintf("a%d: &a%d {<<: [*a%d, *a%d]}\n", i+1, i+1, i, i)
	}
	tests := []struct {
		name, want string
		files      fstest.MapFS
	}{
		{"files that include two", "repeat over 32 MiB", doubling},
		{"a list of one file many times", "repeat over 32 MiB", lists},
		{"merged aliases", "repeat over 32 MiB", fstest.MapFS{"f0.yaml": {Data: []byte(aliases)}}},
		{"a file that merges itself", "merge keys lead from one to the next", fstest.MapFS{"f0.yaml": {Data: []byte("<<: !include f0.yaml\n")}}},
		{"a mapping that merges itself", "merge keys lead from one to the next", fstest.MapFS{"f0.yaml": {Data: []byte("a: &a\n  <<: *a\n  type: A\n")}}},
		{"a file that is itself", "lead from one to the next", fstest.MapFS{"f0.yaml": {Data: []byte("!include f0.yaml\n")}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.files["zoneloom.yaml"] = &fstest.MapFile{Data: []byte("providers: {cf: {type: cloudflare}}\n" +
				"zones: {example.com: {provider: cf, dialect: octodns, file: f0.yaml}}\n")}
			_, err := config.Load(tt.files, "zoneloom.yaml")
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Load = %.300v, want %q", err, tt.want)
			}
		})
	}
}

// manyOctodns writes n records as octoDNS does.
func manyOctodns(n int) []byte {
	var b strings.Builder
	b.WriteString("---\n")
	for i := range n / 2 {
		fmt.Fprintf(&b, "host-%d:\n  octodns:\n    cloudflare:\n      proxied: true\n  ttl: 300\n  type: A\n  value: 192.0.%d.%d\n", i, i>>8&255, i&255)
		fmt.Fprintf(&b, "text-%d:\n  type: TXT\n  value: v=spf1\\; include:_spf-%d.example.net -all\n", i, i)
	}
	return []byte(b.String())
}

func octodnsRoot(data []byte) fstest.MapFS {
	return fstest.MapFS{
		"zoneloom.yaml": {Data: []byte("providers: {cf: {type: cloudflare}}\n" +
			"zones: {example.com: {provider: cf, dialect: octodns, file: a.yaml}}\n")},
		"a.yaml": {Data: data},
	}
}

// A merge key among the names of a large file still means what it means in a
// small one.
func TestOctodnsMergeInLargeFile(t *testing.T) {
	root := octodnsRoot(append([]byte("<<: !include b.yaml\n"), manyOctodns(4000)[4:]...))
	root["b.yaml"] = &fstest.MapFile{Data: []byte("host-1999: {type: A, value: 192.0.2.99}\nmore: {type: A, value: 192.0.2.98}\n")}
	whole, err := config.LoadParts(root, "zoneloom.yaml", math.MaxInt)
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(root, "zoneloom.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Zones[0].Want("cf").Len(); got != 4001 || list(c) != list(whole) {
		t.Errorf("%d records, want 4001 as in the whole file", got)
	}
}

func BenchmarkLoadOctodns(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		data := manyOctodns(n)
		root := octodnsRoot(data)
		b.Run(fmt.Sprintf("records=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, err := config.Load(root, "zoneloom.yaml"); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
