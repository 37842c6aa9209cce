package apply_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/zoneloom/zoneloom/apply"
	"github.com/zoneloom/zoneloom/provider/providertest"
	"github.com/zoneloom/zoneloom/state"
)

func TestAZoneAtTwoProviders(t *testing.T) {
	w := newWorld(t)
	second := &providertest.Memory{Kind: "other"}
	w.engine.Providers["second"] = apply.Opened{Kind: "other", Provider: second}
	w.live("example.com.", "www 300 A 192.0.2.1")
	second.Seed(zone(t, "example.com.", "www 300 A 192.0.2.2"))
	w.want("example.com.", "www 300 A 192.0.2.3").Provider = "second"
	w.want("example.com.", "www 300 A 192.0.2.3")
	r := w.apply()
	if len(r.Zones) != 2 || r.Zones[0].Provider != "mem" || r.Zones[1].Provider != "second" || r.Zones[1].Target != "other:example.com." {
		t.Errorf("report: %+v", r)
	}
	for _, m := range []*providertest.Memory{w.memory, second} {
		w.memory = m
		w.holds("example.com.", "www 300 A 192.0.2.3")
	}
}

// paced is a provider whose budget allows one call a second.
type paced struct{ *providertest.Memory }

func (paced) Estimate(calls int) time.Duration { return time.Duration(calls) * time.Second }

func TestEstimate(t *testing.T) {
	w := newWorld(t)
	w.memory.BatchLimit = 10
	for i := range 3 {
		name := state.Name(fmt.Sprintf("zone%d.example.", i))
		w.live(name)
		w.want(name, hosts(25)...)
	}
	w.want("new.example.", "www 300 A 192.0.2.1").Create = true
	w.live("same.example.", "www 300 A 192.0.2.1")
	w.want("same.example.", "www 300 A 192.0.2.1")
	p := w.plan()
	if got := w.engine.Estimate(p); got != 0 {
		t.Errorf("Estimate without a budget = %s", got)
	}
	w.engine.Providers["mem"] = apply.Opened{Kind: "memory", Provider: paced{w.memory}}
	// Three zones of three requests and two reads each, and one of a creation, a
	// request and two reads.
	if got, want := w.engine.Estimate(p), (3*5+4)*time.Second; got != want {
		t.Errorf("Estimate = %s, want %s", got, want)
	}
}
