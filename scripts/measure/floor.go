package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"

	"gopkg.in/yaml.v3"
)

const (
	token    = "TESTTOKEN"
	pageSize = 5000
)

// record is what the floor decodes of each record: the fields that a plan needs.
type record struct {
	ID       string         `json:"id"`
	Name     string         `json:"name"`
	Type     string         `json:"type"`
	Content  string         `json:"content"`
	Data     map[string]any `json:"data"`
	Priority int            `json:"priority"`
	TTL      int            `json:"ttl"`
	Proxied  bool           `json:"proxied"`
	Comment  string         `json:"comment"`
	Tags     []string       `json:"tags"`
}

// page is the envelope of a list.
type page[T any] struct {
	Result []T `json:"result"`
	Info   struct {
		TotalPages int `json:"total_pages"`
	} `json:"result_info"`
}

// floor does the least that any plan must: it parses file into nodes, and
// fetches and decodes the records of the one zone that the service has.
func floor(ctx context.Context, file, api string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return err
	}
	zones, err := fetch[struct {
		ID string `json:"id"`
	}](ctx, api+"/zones?page=1")
	if err != nil {
		return err
	}
	var records []record
	for n, pages := 1, 1; n <= pages; n++ {
		p, err := fetch[record](ctx, fmt.Sprintf("%s/zones/%s/dns_records?per_page=%d&page=%d", api, zones.Result[0].ID, pageSize, n))
		if err != nil {
			return err
		}
		records, pages = append(records, p.Result...), p.Info.TotalPages
	}
	_, err = fmt.Println(len(root.Content), len(records))
	return err
}

func fetch[T any](ctx context.Context, url string) (*page[T], error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", url, resp.Status)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	p := new(page[T])
	return p, json.Unmarshal(body, p)
}
