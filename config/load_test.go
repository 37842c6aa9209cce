package config_test

import (
	"bytes"
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/zoneloom/zoneloom/config"
)

const head = `providers: {p: {type: sandbox}}
zones:
  example.com:
    provider: p
    records:
`

// manyRecords writes a configuration of n records such as people have.
func manyRecords(n int) []byte {
	var b bytes.Buffer
	b.WriteString(head)
	for i := range n {
		switch i % 4 {
		case 0:
			fmt.Fprintf(&b, "      host-%d: {type: A, value: 192.0.%d.%d, ttl: 600}\n", i, i>>8&255, i&255)
		case 1:
			fmt.Fprintf(&b, "      host-%d:\n        type: CNAME\n        value: target-%d.example.net.\n        proxied: true\n", i, i)
		case 2:
			fmt.Fprintf(&b, "      host-%d:\n        - type: TXT\n          value: \"v=spf1 include:_spf-%d.example.net -all\"\n", i, i)
		case 3:
			fmt.Fprintf(&b, "      host-%d: {type: MX, value: 10 mail-%d, comment: owned by %d}\n", i, i, i%7)
		}
	}
	return b.Bytes()
}

func BenchmarkLoad(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		data := manyRecords(n)
		root := fstest.MapFS{"zoneloom.yaml": {Data: data}}
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
