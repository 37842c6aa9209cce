// Package cloudflare reads and writes zones at Cloudflare through its API v4,
// with a client of its own.
//
// client.go speaks HTTP and knows which failures may be tried again; budget.go
// keeps all calls of one credential below the service's limits; record.go
// translates between the API's records and the model; pack.go and write.go make
// batches; check*.go foretell offline what the service would refuse.
package cloudflare
