package render

import (
	"fmt"
	"html"
	"io"
	"strings"

	"github.com/zoneloom/zoneloom/plan"
	"github.com/zoneloom/zoneloom/state"
)

const (
	// maxComment is the size of a comment on GitHub, in characters; here in octets, of
	// which there are no fewer. Room is left for what a CI job adds.
	maxComment = 65_536 - 256
	maxSummary = 1 << 20
	// atEnd is kept free for what closes the report.
	atEnd = 4_000
)

// Marker is the first line of a markdown report of a plan, by which a later run
// finds the comment to replace. It isn't shown. Other commands have their own names
// in it.
const Marker = "<!-- zoneloom:plan -->"

// Markdown writes r as a comment: what refuses it, then the risk, then each zone in
// a folded section, deletions first. It is shorter than a comment may be; a change
// that doesn't fit is left out as a whole, and counted.
func Markdown(w io.Writer, r *Report) error { return markdown(w, r, maxComment) }

func markdown(w io.Writer, r *Report, size int) error {
	m := &page{room: size - atEnd}
	m.put(strings.Replace(Marker, "plan", r.command(), 1) + "\n## Zoneloom " + r.command() + ": " + r.headline() + "\n")
	m.failed(r)
	m.refusals(r)
	m.problems(r)
	m.risks(r)
	omitted := 0
	var missing []string
	for _, z := range r.zones() {
		if n := m.zone(r, z); n > 0 {
			omitted += n
			missing = append(missing, fmt.Sprintf("%s (%d)", codeSpan(visible(string(z.Name))), n))
		}
	}
	m.room += atEnd
	if omitted > 0 {
		const most = 10
		more := ""
		if n := len(missing) - most; n > 0 {
			missing, more = missing[:most], fmt.Sprintf(" and %s", zones(n)+" more")
		}
		text := fmt.Sprintf("\n**Not shown: %d more changes**, for they don't fit here: %s%s. The HTML and the JSON report have all.\n", omitted, strings.Join(missing, ", "), more)
		if !m.put(text) {
			m.put(fmt.Sprintf("\n**Not shown: %d more changes**, for they don't fit here. The HTML and the JSON report have all.\n", omitted))
		}
	}
	if r.Plan != nil {
		m.put("\nPlan `" + r.Plan.ID() + "`\n")
	}
	_, err := io.WriteString(w, m.String())
	return err
}

// page is a text that doesn't outgrow its room.
type page struct {
	strings.Builder
	room int
}

// put adds s, unless there is no room for it.
func (m *page) put(s string) bool {
	if m.Len()+len(s) >= m.room {
		return false
	}
	m.WriteString(s)
	return true
}

// list adds a heading and up to most items, and counts the rest.
func (m *page) list(heading string, items []string, most int) {
	if len(items) == 0 || !m.put("\n"+heading+"\n\n") {
		return
	}
	left := 0
	for i, s := range items {
		if i >= most || len(s) > 4_000 || !m.put("- "+s+"\n") {
			left++
		}
	}
	if left > 0 {
		m.put(fmt.Sprintf("- and %d more\n", left))
	}
}

func (m *page) failed(r *Report) {
	if r.Failed != "" {
		var lines []string
		for line := range strings.Lines(r.Failed) {
			lines = append(lines, sentence(visible(strings.TrimSuffix(line, "\n"))))
		}
		m.list("**Failed:**", lines, 20)
	}
}

func (m *page) refusals(r *Report) {
	refused, allowed := r.refusals()
	say := func(x *plan.Refusal) string {
		return codeSpan(visible(both(x.Zone, x.Zone.Unicode()))) + ": " + codeSpan(visible(x.Guard)) + ": " + sentence(visible(x.Text))
	}
	var items []string
	for i := range refused {
		s := say(&refused[i])
		if l := lift(&refused[i]); l != "" {
			s += "; " + sentence(visible(l))
		}
		items = append(items, s)
	}
	m.list("**Refused: apply writes nothing.**", items, 30)
	items = nil
	for i := range allowed {
		items = append(items, say(&allowed[i]))
	}
	m.list("**Allowed:**", items, 30)
}

func (m *page) problems(r *Report) {
	for _, s := range severities {
		var items []string
		for i := range r.Problems {
			if p := &r.Problems[i]; p.Severity == s {
				items = append(items, at(p.File, p.Line)+sentence(p.message()))
			}
		}
		m.list("**"+strings.ToUpper(s.String()[:1])+s.String()[1:]+"s:**", items, 20)
	}
}

func at(file string, line int) string {
	if file == "" {
		return ""
	}
	return codeSpan(fmt.Sprintf("%s:%d", visible(file), line)) + ": "
}

// signs show levels at a glance.
var signs = map[plan.RiskLevel]string{plan.RiskCritical: "🔴", plan.RiskHigh: "🟠", plan.RiskMedium: "🟡", plan.RiskLow: "⚪"}

// risks lists what is risky, the worst first; what has the same reason counts as
// one.
func (m *page) risks(r *Report) {
	var items []string
	list := r.riskiest()
	for i := 0; i < len(list); {
		e := &list[i]
		n := i + 1
		for n < len(list) && list[n].risk.Level == e.risk.Level && list[n].c.Action() == e.c.Action() && list[n].why() == e.why() {
			n++
		}
		more := ""
		if n > i+1 {
			more = fmt.Sprintf(" and %d more", n-i-1)
		}
		items = append(items, fmt.Sprintf("%s **%s**: %s %s%s: %s", signs[e.risk.Level], e.risk.Level, e.c.Action(), codeSpan(e.name()), more, sentence(e.why())))
		i = n
	}
	heading := "**Risk"
	if r.Plan != nil {
		heading += ": " + risks(r.Plan)
	}
	m.list(heading+"**", items, 25)
}

// zone adds a folded section, and returns how many of its changes found no room.
func (m *page) zone(r *Report, z *plan.Zone) int {
	list := r.entries(z)
	counts := map[state.Action]int{}
	for i := range list {
		counts[list[i].c.Action()]++
	}
	head := fmt.Sprintf("\n<details><summary><code>%s</code> at <code>%s</code>: +%d ~%d -%d</summary>\n", html.EscapeString(visible(both(z.Name, z.Name.Unicode()))),
		html.EscapeString(visible(z.Provider)), counts[state.Create], counts[state.Update], counts[state.Delete])
	const tail = "\n</details>\n"
	m.room -= len(tail)
	defer func() { m.room += len(tail) }()
	if !m.put(head) {
		return len(list)
	}
	if z.Create {
		m.put("\n- **creates the zone itself** at " + codeSpan(visible(z.Target)) + "\n")
	}
	for _, n := range z.Notices {
		if s := "\n- note: " + sentence(visible(n)) + "\n"; len(s) < 4_000 {
			m.put(s)
		}
	}
	if left := leftAlone(z); left != "" {
		m.put("\nLeft alone: " + left + "\n")
	}
	omitted := 0
	for _, a := range []state.Action{state.Delete, state.Update, state.Create} {
		omitted += m.changes(list, a)
	}
	if omitted > 0 {
		m.put(fmt.Sprintf("\nand %d more changes that don't fit here\n", omitted))
	}
	m.room += len(tail)
	m.put(tail)
	m.room -= len(tail)
	return omitted
}

// changes adds those changes of list that do what a says in one block.
func (m *page) changes(list []entry, a state.Action) (omitted int) {
	var blocks []string
	free := m.room - m.Len() - 200 // for the fences and what is said of the rest
	for i := range list {
		e := &list[i]
		if e.c.Action() != a {
			continue
		}
		s := e.block()
		if len(s) > free {
			omitted++
			continue
		}
		free -= len(s)
		blocks = append(blocks, s)
	}
	if len(blocks) == 0 {
		return omitted
	}
	text := strings.Join(blocks, "")
	fence := strings.Repeat("`", max(3, longestRun(text, '`')+1))
	if 2*len(fence) > 100 || !m.put("\n"+fence+"diff\n"+text+fence+"\n") {
		return omitted + len(blocks)
	}
	return omitted
}

// block shows a change as lines of a diff.
func (e *entry) block() string {
	head := []string{e.title()}
	if e.risk.Level > plan.RiskLow {
		head = append(head, e.risk.Level.String())
	}
	for _, s := range []string{visible(e.origin), visible(e.result), e.place()} {
		if s != "" {
			head = append(head, s)
		}
	}
	var b strings.Builder
	b.WriteString("@@ " + strings.Join(head, " · ") + " @@\n")
	for _, l := range e.diff() {
		b.WriteString(string(l.sign) + " " + l.text + "\n")
	}
	return b.String()
}

// codeSpan shows s, which has no line breaks, as code in which nothing has a
// meaning.
func codeSpan(s string) string {
	if s == "" {
		return ""
	}
	fence := strings.Repeat("`", longestRun(s, '`')+1)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") || strings.HasPrefix(s, " ") && strings.HasSuffix(s, " ") {
		s = " " + s + " "
	}
	return fence + s + fence
}

func longestRun(s string, c byte) int {
	longest, run := 0, 0
	for i := range len(s) {
		if run++; s[i] != c {
			run = 0
		}
		longest = max(longest, run)
	}
	return longest
}

// sentence shows a sentence whose words may be anybody's: those that are no plain
// words are shown as code.
func sentence(s string) string {
	words := strings.Split(s, " ")
	for i, word := range words {
		bare := strings.TrimRight(word, ",;:)?")
		open := strings.TrimLeft(bare, "(")
		if open != "" && !isPlainWord(open) {
			words[i] = word[:len(bare)-len(open)] + codeSpan(open) + word[len(bare):]
		}
	}
	return strings.Join(words, " ")
}

// isPlainWord reports whether no markdown, mention or link can begin in s.
func isPlainWord(s string) bool {
	letters, digits := false, false
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z':
			letters = true
		case '0' <= c && c <= '9':
			digits = true
		case c != '\'':
			return false
		}
	}
	return letters != digits
}
