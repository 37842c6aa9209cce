package zonefile_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneloom/zoneloom/provider/zonefile"
	"github.com/zoneloom/zoneloom/state"
)

const bindData = "../../testdata/bind"

// sample is a line of the manifest.
type sample struct {
	File, Origin, Expect string
	Records              int
	Message              string `json:"bind_message"`
}

// samples returns the lines of the manifest for one of its folders.
func samples(t *testing.T, folder string) []sample {
	t.Helper()
	f, err := os.Open(filepath.Join(bindData, "manifest.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var list []sample
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var s sample
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(s.File, folder+"/") {
			list = append(list, s)
		}
	}
	if len(list) == 0 {
		t.Fatalf("the manifest has no file in %s", folder)
	}
	return list
}

// parse reads a file of the samples.
func parse(t *testing.T, s sample) (*state.Zone, error) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(bindData, s.File))
	if err != nil {
		t.Fatal(err)
	}
	dir, name := filepath.Split(filepath.Join(bindData, s.File))
	return zonefile.Source{File: name, Zone: state.Name(s.Origin + "."), FS: os.DirFS(dir)}.Parse(string(text))
}

// listing returns the records of z as one line each.
func listing(z *state.Zone) []string {
	var lines []string
	for _, set := range z.RRsets {
		for _, r := range set.Records {
			lines = append(lines, fmt.Sprintf("%s %s %s %s", set.Name, r.TTL, set.Type, r.Data))
		}
	}
	slices.Sort(lines)
	return lines
}

// expected reads BIND's own listing of a zone.
func expected(t *testing.T, origin string) []string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(bindData, "expected", origin+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(b)) {
		f := strings.SplitN(strings.TrimSuffix(line, "\n"), " ", 5)
		name, err := state.ParseName(f[0], ".")
		if err != nil {
			t.Fatal(err)
		}
		data, err := state.ParseData(state.Type(f[3]), f[4], nil)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, fmt.Sprintf("%s %s %s %s", name, f[1], f[3], data))
	}
	slices.Sort(lines)
	return lines
}

func TestValid(t *testing.T) {
	for _, s := range samples(t, "valid") {
		t.Run(s.Origin, func(t *testing.T) {
			z, err := parse(t, s)
			if err != nil {
				t.Fatalf("%s is refused: %v", s.File, err)
			}
			if diff := cmp.Diff(expected(t, s.Origin), listing(z)); diff != "" {
				t.Errorf("not the records that BIND reads (-BIND +here):\n%s", diff)
			}
			if z.Len() != s.Records {
				t.Errorf("%d records, want %d", z.Len(), s.Records)
			}
		})
	}
}

// elsewhere are the faults that BIND places differently, or nowhere.
var elsewhere = map[string]int{
	"invalid/open-parenthesis.zone": 6, // where it is opened, not the end of the file
	"invalid/ttl-word.zone":         6, // BIND gives no line
	"invalid/empty.zone":            0,
	"invalid/no-soa.zone":           0,
	"invalid/only-comments.zone":    0,
}

var lineOf = regexp.MustCompile(`\.zone:(\d+):`)

func TestInvalid(t *testing.T) {
	var said []string
	for _, s := range samples(t, "invalid") {
		line, ok := elsewhere[s.File]
		if m := lineOf.FindStringSubmatch(s.Message); !ok && m != nil {
			line, _ = strconv.Atoi(m[1])
		}
		_, err := parse(t, s)
		list, isList := errors.AsType[zonefile.ErrorList](err)
		if !isList {
			t.Errorf("%s: Parse = %v, want an ErrorList", s.File, err)
			continue
		}
		if list[0].Line != line {
			t.Errorf("%s: %v, want it in line %d (BIND: %s)", s.File, list[0], line, s.Message)
		}
		said = append(said, list[0].Error())
	}
	golden(t, "testdata/invalid.txt", strings.Join(said, "\n")+"\n")
}

// What a file leaves open is read as BIND reads it.
func TestAsBIND(t *testing.T) {
	const top = "$TTL 300\n@ SOA ns1.example.net. host.example.net. 7 2 3 4 900\n@ NS ns1.example.net.\n"
	for name, text := range map[string]string{
		"the first TTL of records that follow one another": top + "a 60 A 192.0.2.1\na 90 A 192.0.2.2\na A 192.0.2.3\n",
		"the last TTL of records apart":                    top + "a 60 A 192.0.2.1\nb A 192.0.2.1\na 90 A 192.0.2.2\na 30 A 192.0.2.3\n",
		"a record twice":                                   top + "a 60 A 192.0.2.1\na 60 A 192.0.2.1\n",
		"no $TTL, but a TTL at the SOA":                    "@ 60 SOA ns1.example.net. host.example.net. 7 2 3 4 900\n@ NS ns1.example.net.\na A 192.0.2.1\nb 5 A 192.0.2.1\nc A 192.0.2.1\n",
		"no TTL but the SOA's minimum":                     "@ SOA ns1.example.net. host.example.net. 7 2 3 4 900\n@ NS ns1.example.net.\nb 5 A 192.0.2.1\nc A 192.0.2.1\n",
		"an owner after $GENERATE":                         top + "a A 192.0.2.1\n$GENERATE 1-2 g$ A 192.0.2.$\n TXT \"a\"\n",
		"numbers of $GENERATE":                             top + "$GENERATE 5-17/6 g${-5,3,x} TXT \"${0,5,o} $$ ${10} \\$ x\"\n$GENERATE 20-21 ${0,5,n}.r PTR h$\n$GENERATE 250-251 ${0,3,N}.r PTR h$\n",
		"names that look like something else":              top + "300 A 192.0.2.1\nIN A 192.0.2.2\nA A 192.0.2.3\n\\$ttl A 192.0.2.4\n\\@ A 192.0.2.5\n",
		"octets outside ASCII":                             top + "m\xc3\xbcn A 192.0.2.1\nx CNAME m\xc3\xbcn\nt TXT \"\xff\x01\\001\" b\\\xc3c\n",
		"parentheses everywhere":                           top + "a ( 60\n IN ) TXT ( \"(\" ; )\n ) (\n b )\n",
		"CH in another place":                              top + "ch A 192.0.2.1\na TXT CH\nb CNAME in\n",
	} {
		t.Run(name, func(t *testing.T) {
			z, err := zonefile.Source{File: "here", Zone: "example.com."}.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(listing(asRead(t, text)), listing(z)); diff != "" {
				t.Errorf("(-BIND +here):\n%s", diff)
			}
		})
	}
}

// Faults that the samples don't have, and the bounds on what files may ask for.
func TestFaults(t *testing.T) {
	const top = "$TTL 300\n@ SOA ns1.example.net. host.example.net. 7 2 3 4 900\n@ NS ns1.example.net.\n"
	files := fstest.MapFS{
		"part":     {Data: []byte("p A 192.0.2.1\nq A 192.0.2.300\n")},
		"a":        {Data: []byte("$INCLUDE b\n")},
		"b":        {Data: []byte("$INCLUDE a\n")},
		"empty":    {Data: []byte("")},
		"half.soa": {Data: []byte("@ SOA ns1.example.net.")},
	}
	for i := range 12 {
		files[fmt.Sprintf("deep%d", i)] = &fstest.MapFile{Data: fmt.Appendf(nil, "$INCLUDE deep%d\n", i+1)}
	}
	for _, tt := range []struct{ name, text, want string }{
		{"outside", top + "www.example.net. A 192.0.2.1\n", "zone:4:1: www.example.net. lies outside"},
		{"a fault in an included file", top + "$INCLUDE part\n", "part:2:5: "},
		{"files that include one another", top + "$INCLUDE a\n", "b:1:10: the file a includes itself"},
		{"too deep", top + "$INCLUDE deep0\n", "deep9:1:10: files include one another more than 10 deep"},
		{"too many files", top + strings.Repeat("$INCLUDE empty\n", 1001), "zone:1004:10: the zone includes more than 1000 files"},
		{"too many steps", top + "$GENERATE 0-65536 h$ A 192.0.2.1\n", "zone:4:11: a $GENERATE makes at most 65536 records"},
		{"too many generated", top + strings.Repeat("$GENERATE 1-65536 h A 192.0.2.1\n", 17), "zone:20:11: a $GENERATE makes at most"},
		{"one fault for each $GENERATE", top + "$GENERATE 1-9 h$.example.net. A 192.0.2.$\n", "zone:4:15: h1.example.net. lies outside"},
		{"data of several words", top + "$GENERATE 1-9 h$ MX 10 m$\n", "put it in quotes"},
		{"a negative number", top + "$GENERATE 1-9 h${-5} A 192.0.2.1\n", "zone:4:15: ${-5} makes -4 of 1"},
		{"no TTL", "@ NS ns1.example.net.\n", "zone:1:6: the record has no TTL"},
		{"a byte order mark", "\xef\xbb\xbf" + top, "zone:1:1: the file begins with a byte order mark"},
		{"a raw file", "\x00\x00\x00\x02", "zone:1:1: this is no text"},
		{"an owner alone", top + "www\n", "zone:4:4: a type and its data are missing"},
		{"data missing", top + "www 60 IN A\n", "zone:4:12: A needs an address"},
		{"a backslash at the end", top + "a TXT x\\\nb A 192.0.2.1\n", "zone:4:8: a backslash ends the line"},
		{"two DNAMEs", top + "a DNAME b\na DNAME c\n", "zone:5:1: a.example.com. has two DNAME records"},
		{"a CNAME and a DNAME", top + "a DNAME b\na CNAME c\n", "zone:5:1: a.example.com. has a CNAME and a record of type DNAME"},
		{"$ORIGIN without a name", top + "$ORIGIN\n", "zone:4:1: $ORIGIN needs one name"},
		{"a half-written file", "$TTL 300\n$INCLUDE half.soa\n", "half.soa:1:7: SOA needs"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := zonefile.Source{File: "zone", Zone: "example.com.", FS: files}.Parse(tt.text)
			list, ok := errors.AsType[zonefile.ErrorList](err)
			if !ok || !strings.Contains(list[0].Error(), tt.want) {
				t.Fatalf("Parse = %v, want %q", err, tt.want)
			}
			if len(list) > 1 {
				t.Errorf("one fault is told as %d: %v", len(list), err)
			}
		})
	}
	if _, err := (zonefile.Source{File: "zone", Zone: "example.com."}).Parse(top + "$INCLUDE part\n"); err == nil || !strings.Contains(err.Error(), "no folder") {
		t.Errorf("$INCLUDE without a folder: %v", err)
	}
	_, err := zonefile.Source{File: "zone", Zone: "example.com."}.Parse(strings.Repeat("<b>\n", 1000))
	if lines := strings.Count(fmt.Sprint(err), "\n"); lines > 12 {
		t.Errorf("what is no master file is told of in %d lines", lines)
	}
}
