//go:build unix

package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/zoneloom/zoneloom/provider/cloudflare/sandbox"
)

// recipe is a clone with a configuration, the service that it is for, and the forge
// that the script talks to.
type recipe struct {
	*testing.T
	service *service
	forge   *fakeForge // nil where there is none
	dir     string     // the clone
	out     string     // what the runner keeps: outputs, summary
	env     []string
	script  string
}

const recipeZone = `providers: {cf: {type: cloudflare, token: "${CLOUDFLARE_API_TOKEN}", url: "%s"}}
zones:
  example.com:
    provider: cf
    records:
%s`

// newRecipe makes a clone whose main wants one record, and the service has it.
func newRecipe(t *testing.T, kind string) *recipe {
	t.Helper()
	s, err := newService()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	if _, err := s.sandbox.Seed("example.com", strings.NewReader(`{"type":"A","name":"www","content":"192.0.2.1","ttl":300}`)); err != nil {
		t.Fatal(err)
	}
	r := &recipe{T: t, service: s, dir: t.TempDir(), out: t.TempDir()}
	r.script, err = filepath.Abs("../../examples/ci/zoneloom-ci.sh")
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"zoneloom", "zoneloom-of-the-test"} {
		if err := os.Symlink(self, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	r.env = []string{
		"PATH=" + bin + ":" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "TMPDIR=" + t.TempDir(), "XDG_STATE_HOME=" + t.TempDir(),
		"GORACE=" + raceOptions, asCommand + "=1",
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com",
		"CLOUDFLARE_API_TOKEN=" + reader,
		"ZONELOOM_CI_REPORTS=" + filepath.Join(r.out, "reports"),
	}
	origin := t.TempDir()
	r.git("init", "-q", "--bare", "-b", "main", origin)
	r.git("init", "-q", "-b", "main")
	r.git("remote", "add", "origin", origin)
	r.wants("www: {type: A, value: 192.0.2.1}")
	r.commit("main")
	if kind != "" {
		r.forge = newForge(t, kind)
		r.forge.tip = r.git("rev-parse", "HEAD")
		r.event(`{"repository": {"default_branch": "main"}}`)
		r.env = append(r.env, r.forge.env(filepath.Join(r.out, "event"))...)
		r.env = append(r.env, "ZONELOOM_CI_TOKEN="+forgeToken)
	}
	if kind == github {
		r.env = append(r.env, "GITHUB_OUTPUT="+filepath.Join(r.out, "output"), "GITHUB_STEP_SUMMARY="+filepath.Join(r.out, "summary"))
	}
	return r
}

func (r *recipe) write(path, text string) {
	r.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		r.Fatal(err)
	}
}

func (r *recipe) read(path string) string {
	r.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		r.Fatal(err)
	}
	return string(b)
}

// event is what the runner says of the event that started the job.
func (r *recipe) event(text string) { r.write(filepath.Join(r.out, "event"), text) }

// wants has the configuration want these records, and the name server's own.
func (r *recipe) wants(records ...string) {
	r.Helper()
	r.write(filepath.Join(r.dir, "zoneloom.yaml"), fmt.Sprintf(recipeZone, r.service.url, "      "+strings.Join(records, "\n      ")+"\n"))
}

func (r *recipe) git(args ...string) string {
	r.Helper()
	c := exec.CommandContext(r.Context(), "git", args...)
	c.Dir, c.Env = r.dir, r.env
	out, err := c.CombinedOutput()
	if err != nil {
		r.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// commit commits what is there to a branch, and pushes it.
func (r *recipe) commit(branch string) string {
	r.Helper()
	r.git("checkout", "-q", "-B", branch)
	r.git("add", "zoneloom.yaml")
	r.git("commit", "-q", "--allow-empty", "-m", branch)
	r.git("push", "-q", "origin", branch)
	return r.git("rev-parse", "HEAD")
}

// merge has the pull request become the newest commit of main.
func (r *recipe) merge() {
	r.Helper()
	commit := r.commit("main")
	r.forge.tip, r.forge.merged[commit] = commit, true
}

// pull runs a mode for the pull request.
func (r *recipe) pull(env ...string) result {
	r.Helper()
	r.event(fmt.Sprintf(`{"repository": {"default_branch": "main"}, "pull_request": {"number": 7, "head": {"sha": %q}}}`, r.git("rev-parse", "HEAD")))
	defer r.event(`{"repository": {"default_branch": "main"}}`)
	if r.forge != nil {
		env = append(append(r.forge.envOfPull(), "CI_COMMIT_SHA="+r.git("rev-parse", "HEAD")), env...)
	}
	return r.run(env, "plan")
}

// push runs a mode for the newest commit, with a token that may write.
func (r *recipe) push(mode string, env ...string) result {
	r.Helper()
	return r.run(append([]string{"CLOUDFLARE_API_TOKEN=" + sandbox.DefaultToken}, env...), mode)
}

// result is what became of a run.
type result struct {
	*testing.T
	code           int
	stdout, stderr string
}

func (r *recipe) command(env []string, args ...string) *exec.Cmd {
	c := exec.CommandContext(r.Context(), "sh", append([]string{r.script}, args...)...)
	c.Dir = r.dir
	c.Env = append(slices.Clone(r.env), env...)
	return c
}

func (r *recipe) run(env []string, args ...string) result {
	r.Helper()
	return r.ended(r.command(env, args...))
}

// ended runs c to its end. What the test and the forge do then comes one after the
// other.
func (r *recipe) ended(c *exec.Cmd) result {
	r.Helper()
	if r.forge != nil {
		r.forge.handOver()
		defer r.forge.handOver()
	}
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	err := c.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		r.Fatal(err)
	}
	return result{r.T, c.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// exits fails the test unless the run exited with code and said each text.
func (res result) exits(code int, texts ...string) {
	res.Helper()
	all := res.stdout + res.stderr
	if res.code != code {
		res.Fatalf("exit code %d, want %d\n%s", res.code, code, all)
	}
	for _, text := range texts {
		if !strings.Contains(all, text) {
			res.Fatalf("it doesn't say %q:\n%s", text, all)
		}
	}
}

// comment returns the only comment that is the bot's.
func (f *fakeForge) comment() string {
	f.Helper()
	var own []string
	for _, n := range f.comments {
		if n.author == f.bot {
			own = append(own, n.text)
		}
	}
	if len(own) != 1 {
		f.Fatalf("%d comments of the recipe's own, want 1: %q", len(own), own)
	}
	return own[0]
}

var forges = []string{github, gitlab, forgejo}

// A pull request has one comment, which says what its newest commit would do, and a
// token that only reads is enough.
func TestRecipePlan(t *testing.T) {
	for _, kind := range forges {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			r := newRecipe(t, kind)
			forged := "<!-- zoneloom:plan -->\nforged"
			r.forge.comments = []*note{
				{number: 1, author: "somebody", text: "looks good"},
				{number: 2, author: "mallory", text: forged},
				{number: 3, author: "somebody", text: "really"},
			}
			r.wants("www: {type: A, value: 192.0.2.2}")
			r.commit("change")
			r.pull().exits(0, "a comment was written to pull request 7")
			first := r.forge.comment()
			for _, want := range []string{"<!-- zoneloom:plan -->\n## Zoneloom plan: 0 to create, 1 to update", "192.0.2.2", "intended"} {
				if !strings.Contains(first, want) {
					t.Errorf("the comment doesn't say %q:\n%s", want, first)
				}
			}

			r.wants("www: {type: A, value: 192.0.2.3}")
			commit := r.commit("change")
			r.pull().exits(0, "the comment at pull request 7 is up to date")
			if text := r.forge.comment(); !strings.Contains(text, "192.0.2.3") || !strings.Contains(text, "For commit "+commit[:12]) || strings.Contains(text, "192.0.2.2") {
				t.Errorf("the comment isn't of the newest commit:\n%s", text)
			}
			if r.forge.comments[1].text != forged {
				t.Error("somebody else's comment was written over")
			}
			if n := r.service.writes.Load(); n != 0 {
				t.Errorf("%d requests that write", n)
			}
		})
	}
}

// A plan that is refused, or can't be made, is in the comment too, and the check is red.
func TestRecipeRedPlan(t *testing.T) {
	t.Parallel()
	r := newRecipe(t, github)
	r.wants("mail: {type: A, value: 192.0.2.3}")
	r.commit("change")
	r.pull().exits(3, "Refused: example.com.: wipe")
	if text := r.forge.comment(); !strings.Contains(text, "`--allow` `example.com:wipe`") {
		t.Errorf("the comment doesn't tell how to lift the guard:\n%s", text)
	}
	r.pull("ZONELOOM_CI_ALLOW=example.com:wipe").exits(0)

	r.wants("www: {type: AA, value: 192.0.2.3}")
	r.commit("change")
	r.pull().exits(1, "zoneloom.yaml:6:19")
	r.run(nil, "check").exits(1, "::error file=zoneloom.yaml,line=6,col=19,")
	if text := r.forge.comment(); !strings.Contains(text, "zoneloom.yaml:6") || strings.Contains(text, "Plan `sha256:") {
		t.Errorf("the comment doesn't tell the fault:\n%s", text)
	}
}

// Whatever a record says stays text: for shells, runners, JSON and Markdown.
func TestRecipeHostile(t *testing.T) {
	t.Parallel()
	r := newRecipe(t, github)
	evil := "##[set-output name=plan-id]evil ::error::x $(touch pwned) `touch pwned` \\\"; touch pwned; \\\" </details> @everyone"
	r.wants("www: {type: A, value: 192.0.2.1}", `evil: {type: TXT, value: "`+evil+`"}`)
	r.commit("change")
	res := r.pull()
	res.exits(0)
	if files, _ := filepath.Glob(filepath.Join(r.dir, "pwned")); len(files) > 0 {
		t.Error("a record ran a command")
	}
	if text := r.forge.comment(); !strings.Contains(text, "$(touch pwned)") {
		t.Errorf("the comment lacks the record:\n%s", text)
	}
	stop := regexp.MustCompile(`(?s)^::stop-commands::([0-9a-f]{32})\n(.*)\n::([0-9a-f]{32})::\n(.*)$`).FindStringSubmatch(res.stdout)
	if stop == nil || stop[1] != stop[3] || !strings.Contains(stop[2], "##[set-output") || strings.Contains(stop[4], "##[") {
		t.Errorf("the plan isn't kept from the runner:\n%s", res.stdout)
	}
	output := r.read(filepath.Join(r.out, "output"))
	if !regexp.MustCompile(`^exit-code=2\nplan-id=sha256:[0-9a-f]{64}\n$`).MatchString(output) {
		t.Errorf("outputs: %q", output)
	}
	if !strings.Contains(r.read(filepath.Join(r.out, "summary")), "## Zoneloom plan") {
		t.Error("the step has no summary")
	}
}

// The largest comment fits, under the longest name.
func TestRecipeLargePlan(t *testing.T) {
	t.Parallel()
	r := newRecipe(t, github)
	records := make([]string, 2000)
	for i := range records {
		records[i] = fmt.Sprintf("h%d: {type: A, value: 192.0.2.1}", i)
	}
	r.wants(append(records, "www: {type: A, value: 192.0.2.1}")...)
	r.commit("change")
	name := strings.Repeat("n", 100)
	r.pull("ZONELOOM_CI_NAME=" + name).exits(0)
	text := r.forge.comment()
	if !strings.HasPrefix(text, "<!-- zoneloom:plan "+name+" -->\n## ") || !strings.Contains(text, "Not shown: ") {
		t.Errorf("the comment begins with %.300q", text)
	}
	r.pull("ZONELOOM_CI_NAME="+name+"n").exits(1, "longer than 100")
	r.pull("ZONELOOM_CI_NAME=a--> b").exits(1, "ZONELOOM_CI_NAME is")
}

// A comment that can't be written fails the job, for the old one would mislead.
func TestRecipeNoComment(t *testing.T) {
	t.Parallel()
	r := newRecipe(t, github)
	r.pull("ZONELOOM_CI_TOKEN=wrong").exits(1, "status 401: Bad credentials (may this token do it?")
	r.pull("ZONELOOM_CI_TOKEN=").exits(0, "no comment is written")
	r.forge.bot = "dependabot[bot]"
	r.pull().exits(1, "set ZONELOOM_CI_AUTHOR to dependabot[bot]")
	r.pull("ZONELOOM_CI_AUTHOR=dependabot[bot]").exits(0, "up to date")
	if err := os.Symlink(r.dir, filepath.Join(r.dir, "link")); err != nil {
		t.Fatal(err)
	}
	r.pull("ZONELOOM_CI_REPORTS=link").exits(1, "link is a link")
}

// What was merged is applied, if it is the plan that the pull request showed, and
// on the newest commit of the default branch alone.
func TestRecipeApply(t *testing.T) {
	for _, kind := range forges {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			r := newRecipe(t, kind)
			r.push("apply", reviewed).exits(3, "no pull request brought")
			r.wants("www: {type: A, value: 192.0.2.2}")
			r.commit("change")
			r.pull().exits(0)
			r.merge()
			r.push("apply", reviewed).exits(0, "Applied: 1 change made")
			if runs, _ := filepath.Glob(filepath.Join(r.dir, ".zoneloom/runs/*.ndjson")); len(runs) != 1 {
				t.Errorf("%d runs in the journal, want 1", len(runs))
			}

			// An old job is run again.
			old := r.git("rev-parse", "HEAD")
			r.merge()
			r.git("checkout", "-q", old)
			r.push("apply").exits(3, "main has moved on from "+old)
		})
	}
}

const reviewed = "ZONELOOM_CI_REVIEWED=comment"

// What nobody reviewed is refused.
func TestRecipeRefuses(t *testing.T) {
	t.Parallel()
	r := newRecipe(t, github)
	r.wants("www: {type: A, value: 192.0.2.3}")
	r.commit("change")
	r.pull().exits(0)
	r.merge()

	// The zone moved after the review.
	if _, err := r.service.sandbox.Seed("example.com", strings.NewReader(`{"type":"A","name":"other","content":"192.0.2.1","ttl":300}`)); err != nil {
		t.Fatal(err)
	}
	r.push("apply", reviewed).exits(3, "which was reviewed")

	// Somebody forged a comment; the recipe's own is gone.
	own := r.forge.comment()
	r.forge.comments = []*note{{number: 50, author: "mallory", text: own}}
	r.push("apply", reviewed).exits(3, "pull request 7 has no comment with a plan")

	// A pull request, and another branch.
	r.push("apply", r.forge.envOfPull()...).exits(3, "refused: this is ")
	r.push("apply", "GITHUB_REF_NAME=change", "CI_COMMIT_BRANCH=change").exits(3, "only main is applied")
	if n := r.service.writes.Load(); n != 0 {
		t.Errorf("%d requests that write", n)
	}

	r.push("apply", "ZONELOOM_CI_BRANCH=nowhere", "GITHUB_REF_NAME=nowhere").exits(1, "status 404")

	// By hand, without a review.
	r.push("apply").exits(0, "Applied: ")
	r.push("apply", "ZONELOOM_CI_REVIEWED=yes").exits(1, "ZONELOOM_CI_REVIEWED is \"yes\"")
}

// The token for pull requests can't apply.
func TestRecipeReader(t *testing.T) {
	t.Parallel()
	r := newRecipe(t, "")
	r.wants("www: {type: A, value: 192.0.2.2}")
	r.run(nil, "plan").exits(0, "192.0.2.2")
	r.run(nil, "apply").exits(1, "Nothing was written", "they need DNS Edit for this zone")
	r.push("plan").exits(0, "192.0.2.2")
}

// Drift has an issue for as long as it lasts.
func TestRecipeDrift(t *testing.T) {
	for _, kind := range forges {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			r := newRecipe(t, kind)
			r.forge.issues = []*note{
				{number: 1, author: "mallory", text: "<!-- zoneloom:drift -->"},
				{number: 2, author: r.forge.bot, text: "another"},
				{number: 3, author: r.forge.bot, text: "<!-- zoneloom:drift other -->"},
			}
			r.run(nil, "drift").exits(0)
			if len(r.forge.calls) > 0 {
				t.Errorf("without drift: %q", r.forge.calls)
			}
			if _, err := r.service.sandbox.Seed("example.com", strings.NewReader(`{"type":"A","name":"hand","content":"192.0.2.1","ttl":300}`)); err != nil {
				t.Fatal(err)
			}
			r.run(nil, "drift").exits(2, "was opened")
			r.run(nil, "drift").exits(2, "is up to date")
			if n := len(r.forge.issues); n != 4 {
				t.Fatalf("%d issues, want 4", n)
			}
			issue := r.forge.issues[3]
			if !strings.HasPrefix(issue.text, "<!-- zoneloom:drift -->\n## Zoneloom plan") || !strings.Contains(issue.text, "hand.example.com") || !strings.Contains(issue.text, "drift") {
				t.Errorf("the issue says:\n%s", issue.text)
			}
			r.wants("www: {type: A, value: 192.0.2.1}", "hand: {type: A, value: 192.0.2.1}")
			r.commit("main")
			r.run(nil, "drift").exits(0, "is closed")
			if !issue.closed || r.forge.issues[0].closed || r.forge.issues[2].closed {
				t.Error("not the one issue was closed")
			}
			if kind != github {
				return
			}
			r.run([]string{"CLOUDFLARE_API_TOKEN=wrong-token-0000"}, "drift").exits(1)
			if n := len(r.forge.issues); n != 4 {
				t.Errorf("an error opened an issue")
			}
		})
	}
}

// A job that is stopped tells zoneloom, which says and writes down how far it came.
func TestRecipeStopped(t *testing.T) {
	t.Parallel()
	r := newRecipe(t, "")
	r.wants("www: {type: A, value: 192.0.2.2}")
	fault, err := sandbox.ParseFault("delay=1500ms,method=POST")
	if err != nil {
		t.Fatal(err)
	}
	r.service.sandbox.SetFaults(fault)
	c := r.command([]string{"CLOUDFLARE_API_TOKEN=" + sandbox.DefaultToken}, "apply")
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); r.service.writes.Load() == 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it writes nothing")
		}
	}
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	if code := c.ProcessState.ExitCode(); code != 0 || !strings.Contains(out.String(), "1 change made") {
		t.Errorf("exit code %d\n%s", code, out.String())
	}
	runs, _ := filepath.Glob(filepath.Join(r.dir, ".zoneloom/runs/*.ndjson"))
	if len(runs) != 1 || !strings.Contains(r.read(runs[0]), `"event":"end"`) {
		t.Errorf("the journal doesn't tell the end: %q", runs)
	}
}

// release is an archive as .goreleaser.yaml makes it, and its SHA-256.
func release(t *testing.T, program string) (archive []byte, sum string) {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, f := range []struct{ name, text string }{{"LICENSE", "MIT"}, {"zoneloom", program}} {
		if err := w.WriteHeader(&tar.Header{Name: f.name, Mode: 0o755, Size: int64(len(f.text))}); err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(w, f.text)
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), fmt.Sprintf("%x", sha256.Sum256(b.Bytes()))
}

var releaseName = fmt.Sprintf("zoneloom_9.9.9_%s_%s.tar.gz", runtime.GOOS, runtime.GOARCH)

// serveRelease serves the release 9.9.9, and returns where.
func serveRelease(t *testing.T, archive []byte, sum string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/v9.9.9/" + releaseName:
			_, _ = w.Write(archive)
		case "/v9.9.9/checksums.txt":
			fmt.Fprintf(w, "%064d  other.tar.gz\n%s  %s\n", 0, sum, releaseName)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// Only the release that is meant is installed.
func TestRecipeInstall(t *testing.T) {
	t.Parallel()
	r := newRecipe(t, "")
	const program = "#!/bin/sh\necho zoneloom 9.9.9\n"
	archive, sum := release(t, program)
	bin := filepath.Join(r.out, "bin")
	env := []string{"ZONELOOM_CI_RELEASES=" + serveRelease(t, archive, sum), "ZONELOOM_CI_BIN=" + bin, "ZONELOOM_VERSION=9.9.9"}
	r.run(append(env, "ZONELOOM_SHA256="+strings.Repeat("0", 64)), "install").exits(1, "has the SHA-256 "+sum)
	r.run(append(env, "ZONELOOM_VERSION=9.9.8"), "install").exits(1, "/v9.9.8/"+strings.ReplaceAll(releaseName, "9.9.9", "9.9.8")+" can't be fetched")
	r.run(append(env, "ZONELOOM_VERSION=../x"), "install").exits(1, "say which release")
	if _, err := os.Stat(bin); err == nil {
		t.Error("something was installed")
	}
	r.run(env, "install").exits(0, "is zoneloom 9.9.9")
	if r.read(filepath.Join(bin, "zoneloom")) != program {
		t.Error("it isn't what was installed")
	}
}
