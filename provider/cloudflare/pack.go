package cloudflare

// pack divides groups of the given sizes, in their order, over batches of at
// most limit operations and returns where each batch ends. Each batch is filled
// while the next group fits, so that for groups of at most k operations there
// are no more than floor(total/(limit-k+1))+1 batches. A group that alone is
// over the limit has a batch of its own, which the caller must split.
func pack(sizes []int, limit int) (ends []int) {
	filled := 0
	for i, size := range sizes {
		if i > 0 && filled+size > limit {
			ends = append(ends, i)
			filled = 0
		}
		filled += size
	}
	if len(sizes) > 0 {
		ends = append(ends, len(sizes))
	}
	return ends
}
