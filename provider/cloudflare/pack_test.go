package cloudflare_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/zoneloom/zoneloom/provider/cloudflare"
)

func TestPackKeepsItsBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 50).Draw(t, "limit")
		sizes := rapid.SliceOf(rapid.IntRange(0, limit)).Draw(t, "sizes")
		ends := cloudflare.Pack(sizes, limit)
		total, most, start := 0, 1, 0
		for _, end := range ends {
			if end <= start {
				t.Fatalf("a batch from %d to %d", start, end)
			}
			sum := 0
			for _, s := range sizes[start:end] {
				sum += s
				most = max(most, s)
			}
			if sum > limit {
				t.Fatalf("a batch of %d operations, the limit is %d", sum, limit)
			}
			total += sum
			start = end
		}
		if start != len(sizes) {
			t.Fatalf("%d of %d groups are in a batch", start, len(sizes))
		}
		if len(sizes) > 0 && len(ends) > total/(limit-most+1)+1 {
			t.Fatalf("%d batches for %d operations, %d at most in one group, limit %d", len(ends), total, most, limit)
		}
	})
}

func TestPackSingles(t *testing.T) {
	sizes := make([]int, 10_000)
	for i := range sizes {
		sizes[i] = 1
	}
	for limit, want := range map[int]int{3500: 3, 200: 50} {
		if got := len(cloudflare.Pack(sizes, limit)); got != want {
			t.Errorf("10,000 names with one operation each take %d batches at limit %d, want %d", got, limit, want)
		}
	}
}

func TestPackLeavesTheOversizedAlone(t *testing.T) {
	ends := cloudflare.Pack([]int{3, 25, 3, 3}, 10)
	want := []int{1, 2, 4}
	if len(ends) != len(want) {
		t.Fatalf("Pack = %v, want %v", ends, want)
	}
	for i := range want {
		if ends[i] != want[i] {
			t.Fatalf("Pack = %v, want %v", ends, want)
		}
	}
}
