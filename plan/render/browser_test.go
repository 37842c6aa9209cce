package render_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/plan/render"
	"github.com/zoneloom/zoneloom/state"
)

// browser starts a headless Chromium, which must be there.
func browser(t *testing.T) context.Context {
	t.Helper()
	file, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("%v: on Debian it is in the package chromium, which scripts/test installs", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(file))
	if os.Geteuid() == 0 { // whom its sandbox refuses
		options = append(options, chromedp.NoSandbox)
	}
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// tab is a page that is open in a browser.
type tab struct {
	*testing.T
	ctx context.Context
}

// open shows r, and fails t if the page asks for anything but itself, or if
// anything but its own script runs or goes wrong.
func open(browser context.Context, t *testing.T, r *render.Report) *tab {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, []byte(written(t, "html", r)), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	ctx, cancel = context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(cancel)
	var mu sync.Mutex
	var seen, asked []string
	err := chromedp.Listen(ctx, func(event any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			asked = append(asked, e.Request.URL)
		case *page.EventJavascriptDialogOpening:
			seen = append(seen, "a dialog: "+e.Message)
		case *runtime.EventExceptionThrown:
			seen = append(seen, "an exception: "+e.ExceptionDetails.Text)
		case *runtime.EventConsoleAPICalled:
			seen = append(seen, fmt.Sprintf("on the console: %v", e.Args))
		case *log.EventEntryAdded:
			seen = append(seen, "in the log: "+e.Entry.Text)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		if len(asked) != 1 || !strings.HasPrefix(asked[0], "file:///") {
			t.Errorf("the page asks for %q", asked)
		}
		for _, s := range seen {
			t.Errorf("there is %s", s)
		}
	})
	b := &tab{t, ctx}
	b.do(chromedp.EmulateViewport(1100, 800), chromedp.Navigate("file://"+filepath.ToSlash(file)))
	return b
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.Fatal(err)
	}
}

// is fails the test where the expression isn't so on the page.
func is[T comparable](b *tab, expression string, want T) {
	b.Helper()
	got, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.Fatalf("%s: %v", expression, err)
	}
	if got != want {
		b.Errorf("%s is %v, want %v", expression, got, want)
	}
}

// press presses keys where the focus is. A key that the page handles types nothing.
func (b *tab) press(keys string) {
	b.Helper()
	b.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		for _, r := range keys {
			down, up := *kb.Encode(r)[0], *kb.Encode(r)[0]
			if unicode.IsPrint(r) {
				down.Type, down.Text = input.DispatchKeyEventTypeKeyDown, string(r)
			}
			up.Type = input.DispatchKeyEventTypeKeyUp
			for _, p := range []input.DispatchKeyEventParams{down, up} {
				if _, err := chromedp.Call(ctx, input.DispatchKeyEvent, p); err != nil {
					return err
				}
			}
		}
		return nil
	}))
}

// run runs a script on the page.
func (b *tab) run(script string) {
	b.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](script))
}

// search types what is sought in place of what was sought.
func (b *tab) search(what string) {
	b.Helper()
	b.run(`document.querySelector("#search").focus(); document.querySelector("#search").select()`)
	b.press(what)
}

// choose chooses in a filter; "" is any.
func (b *tab) choose(filter, value string) {
	b.Helper()
	b.run(fmt.Sprintf(`{ const f = document.getElementById(%q); f.value = %q; f.dispatchEvent(new Event("change", {bubbles: true})) }`, filter, value))
	is(b, fmt.Sprintf(`document.getElementById(%q).selectedIndex >= 0`, filter), true)
}

func (b *tab) isReadable() {
	b.Helper()
	got, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](faint))
	if err != nil || got != "" {
		b.Errorf("faint: %s, %v", got, err)
	}
}

// prefers emulates the user's colours, and the medium "print" where it isn't "".
func (b *tab) prefers(scheme, medium string) {
	b.Helper()
	b.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Media: medium, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return err
	}))
}

// shoot keeps a picture of the page in the folder ZONELOOM_SCREENSHOTS, if that is
// set.
func (b *tab) shoot(name string) {
	b.Helper()
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.Fatal(err)
	}
	b.keep(name+".png", png)
}

func (b *tab) keep(name string, data []byte) {
	b.Helper()
	folder := os.Getenv("ZONELOOM_SCREENSHOTS")
	if folder == "" {
		return
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name), data, 0o644); err != nil {
		b.Fatal(err)
	}
}

// pages prints the page and returns how many sheets it takes.
func (b *tab) pages(name string) int {
	b.Helper()
	pdf, err := chromedp.Run(b.ctx, chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4)))
	if err != nil {
		b.Fatal(err)
	}
	b.keep(name, pdf)
	return strings.Count(string(pdf), "/Type /Page\n")
}

// shown counts the changes that can be seen.
const shown = `[...document.querySelectorAll("article")].filter(a => a.checkVisibility({contentVisibilityAuto: false}) && a.getBoundingClientRect().height > 10).length`

// faint lists the texts whose contrast with their background, by the formula of
// WCAG 2.1, is below 4.5: they are hard to read.
const faint = `(() => {
	const parse = c => (c.match(/[\d.]+/g) || []).map(Number);
	const light = c => {
		const [r, g, b] = c.map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
		return .2126 * r + .7152 * g + .0722 * b;
	};
	const over = (top, alpha, under) => top.map((v, i) => v * alpha + under[i] * (1 - alpha));
	const found = [];
	for (const e of document.querySelectorAll("body *")) {
		if (!e.checkVisibility() || ![...e.childNodes].some(n => n.nodeType === Node.TEXT_NODE && n.data.trim())) continue;
		let back = [255, 255, 255], opacity = 1;
		const around = [];
		for (let n = e; n; n = n.parentElement) around.unshift(getComputedStyle(n));
		for (const s of around) {
			const [r, g, b, a = 1] = parse(s.backgroundColor);
			back = over([r, g, b], a, back);
			opacity *= s.opacity;
		}
		const text = over(parse(getComputedStyle(e).color).slice(0, 3), opacity, back);
		const [hi, lo] = [light(text), light(back)].sort((a, b) => b - a), contrast = (hi + .05) / (lo + .05);
		if (contrast < 4.5) found.push(e.tagName + "." + e.className + " " + contrast.toFixed(1));
	}
	return [...new Set(found)].join(", ");
})()`

// TestPageInBrowser uses the page as people do, in a real browser.
func TestPageInBrowser(t *testing.T) {
	ctx := browser(t)
	t.Run("all", func(t *testing.T) { usePage(open(ctx, t, everything())) })
	t.Run("10,000 changes", func(t *testing.T) { useLongPage(open(ctx, t, tenThousand())) })
	t.Run("no plan", func(t *testing.T) {
		r := everything()
		r.Plan = nil
		b := open(ctx, t, r)
		is(b, `document.title`, "Zoneloom plan: no plan could be made")
		b.press("jket")
		b.shoot("no-plan")
	})
}

func usePage(b *tab) {
	is(b, `document.title`, "Zoneloom plan: 5 to create, 3 to update, 4 to delete in 4 zones")
	is(b, `document.scripts.length`, 1)
	is(b, `document.querySelectorAll("img, iframe, a, link").length`, 0)
	is(b, shown, 12)
	is(b, `[...document.querySelectorAll("nav select")].filter(f => f.checkVisibility()).length`, 5)
	const count = `document.querySelector("#count").textContent`
	is(b, count, "12 of 12")
	for _, scheme := range []string{"light", "dark"} {
		b.prefers(scheme, "")
		b.isReadable()
		is(b, `matchMedia("(prefers-color-scheme: dark)").matches`, scheme == "dark")
		is(b, `getComputedStyle(document.body).backgroundColor == "rgb(255, 255, 255)"`, scheme == "light")
		b.shoot(scheme)
	}

	// Search and filters.
	b.search("bücher")
	is(b, count, "1 of 12")
	is(b, shown, 1)
	b.search("BÜCHER txt new")
	is(b, count, "1 of 12")
	b.search("alert(1)")
	is(b, `document.querySelector("article:not([hidden])").dataset.zone`, "example.com.")
	b.search("nothing like this")
	is(b, shown, 0)
	is(b, count, "0 of 12")
	b.search("\b")
	is(b, shown, 12)
	b.choose("action", "delete")
	is(b, shown, 4)
	b.choose("risk", "medium")
	is(b, shown, 2)
	b.choose("zone", "a.example.")
	is(b, shown, 1)
	for _, f := range []string{"action", "risk", "zone"} {
		b.choose(f, "")
	}
	b.choose("origin", "behind")
	is(b, shown, 2)
	b.choose("type", "CNAME")
	is(b, shown, 1)
	b.choose("origin", "")
	b.choose("type", "")
	is(b, shown, 12)
	byKeys(b)
	onPaper(b)
}

// byKeys uses the page without a mouse.
func byKeys(b *tab) {
	const focus = `[...document.querySelectorAll("article")].indexOf(document.activeElement)`
	b.run(`document.activeElement.blur()`)
	b.press("jj")
	is(b, focus, 1)
	b.press("k")
	is(b, focus, 0)
	b.press("/")
	is(b, `document.activeElement.id`, "search")
	b.press("jet") // which are letters here
	is(b, `document.querySelector("#search").value`, "jet")
	b.search("\b")
	b.press("\x1b")
	is(b, `document.activeElement == document.body`, true)
	b.press("e")
	is(b, shown, 0)
	is(b, `document.querySelectorAll(".zone[open]").length`, 0)
	b.shoot("folded")
	b.press("j") // opens where it goes
	is(b, focus+" >= 0", true)
	b.press("e")
	is(b, shown, 12)
	b.prefers("light", "")
	b.press("t")
	is(b, `getComputedStyle(document.body).backgroundColor == "rgb(255, 255, 255)"`, false)
	b.isReadable()
	b.press("t")
	is(b, `getComputedStyle(document.body).backgroundColor`, "rgb(255, 255, 255)")
	b.isReadable()
}

// onPaper: what is folded is printed all the same, and in dark ink.
func onPaper(b *tab) {
	unfolded := b.pages("report.pdf")
	b.press("e")
	is(b, shown, 0)
	b.prefers("dark", "print")
	is(b, shown, 12)
	b.isReadable()
	is(b, `document.querySelector("nav").checkVisibility()`, false)
	b.shoot("print")
	b.prefers("light", "")
	is(b, shown, 0)
	if n := b.pages("folded.pdf"); n != unfolded || n < 2 {
		b.Errorf("%d sheets where all is folded, %d where nothing is", n, unfolded)
	}
}

// tenThousand is a report of as many changes in 20 zones.
func tenThousand() *render.Report {
	var in []plan.Input
	for z := range 20 {
		zone := state.Name(fmt.Sprintf("zone-%d.example.", z))
		var live, want []state.Entry
		for i := range 500 {
			name := fmt.Sprintf("host-%d.%s", i, zone)
			if i%3 != 0 {
				live = append(live, entryOf(name, "A", fmt.Sprintf("192.0.%d.%d", i/250, i%250), 300, nil))
			}
			if i%3 != 1 {
				want = append(want, entryOf(name, "A", fmt.Sprintf("198.51.%d.%d", i/250, i%250), 300, nil))
			}
		}
		in = append(in, plan.Input{
			Provider: "ns", Target: "zonefile:1", Rules: state.Rules{Prune: true},
			Live: state.NewZone(zone, live), Want: state.NewZone(zone, want),
		})
	}
	p, _ := plan.Make(in)
	return &render.Report{Plan: p, Config: "zoneloom.yaml", Pos: func(state.Src) (string, int) { return "zoneloom.yaml", 1 }}
}

func useLongPage(b *tab) {
	const took = `performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd`
	ms, err := chromedp.Run(b.ctx, chromedp.Evaluate[float64](took))
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("ready after %.0f ms", ms)
	b.shoot("long")
	is(b, `document.querySelector("#count").textContent`, "10000 of 10000")
	is(b, `document.querySelector("#origin").checkVisibility()`, false) // for there is none to choose
	// From the key that is pressed to the page that is drawn.
	const timed = `new Promise(done => {
		const search = document.querySelector("#search"), start = performance.now();
		search.value = "host-123. zone-7.";
		search.dispatchEvent(new Event("input", {bubbles: true}));
		requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - start)));
	})`
	ms, err = chromedp.Run(b.ctx, chromedp.Evaluate[float64](timed, chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("a search shows after %.0f ms", ms)
	is(b, `document.querySelector("#count").textContent`, "1 of 10000")
	is(b, `document.querySelector("article:not([hidden]) code").textContent`, "host-123.zone-7.example. A")
	is(b, `[...document.querySelectorAll(".zone")].filter(d => d.checkVisibility()).length`, 1)
	b.shoot("long-search")
	b.search("host-")
	b.choose("action", "create")
	is(b, `document.querySelector("#count").textContent`, "3340 of 10000")
}
