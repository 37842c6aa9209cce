//go:build unix

package main

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/zoneloom/zoneloom/provider/cloudflare/sandbox"
)

// workflow is what the tests look at in a workflow of GitHub or Forgejo, and in a
// composite action.
type workflow struct {
	On          map[string]any
	Permissions *map[string]string
	Jobs        map[string]struct {
		If          string
		Environment string
		Permissions map[string]string
		Concurrency struct{ Group string }
		Steps       []step
	}
	Inputs map[string]struct {
		Default  string
		Required bool
	}
	Runs struct {
		Using string
		Steps []step
	}
}

type step struct {
	ID, If, Uses, Run, Shell string
	With, Env                map[string]string
}

func parse(t *testing.T, file string, into any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../../examples/ci", file))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(b, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// The rules that keep a stranger from the tokens hold in each workflow.
func TestRecipeWorkflows(t *testing.T) {
	var action workflow
	parse(t, "github/action.yml", &action)
	for _, s := range action.Runs.Steps {
		if strings.Contains(s.Run, "${{") || s.Shell != "bash" {
			t.Errorf("action.yml puts an expression into a shell, or names none: %s", s.Run)
		}
	}
	for _, file := range []string{"github/dns.yml", "github/dns-forks.yml", "forgejo/dns.yml"} {
		var w workflow
		parse(t, file, &w)
		onGitHub := !strings.HasPrefix(file, "forgejo")
		if onGitHub && (w.Permissions == nil || len(*w.Permissions) != 0) {
			t.Errorf("%s: jobs begin with permissions", file)
		}
		for name, job := range w.Jobs {
			at := file + ": " + name
			writes := false
			for _, s := range job.Steps {
				checkStep(t, at, s, action)
				writes = writes || strings.Contains(s.Env["CLOUDFLARE_API_TOKEN"], "secrets.CLOUDFLARE_API_TOKEN")
				if s.Uses != "" && onGitHub && !strings.HasPrefix(s.Uses, "zoneloom/") && !regexp.MustCompile(`^actions/[a-z-]+@[0-9a-f]{40}$`).MatchString(s.Uses) {
					t.Errorf("%s: %s isn't pinned", at, s.Uses)
				}
			}
			if writes != (name == "apply") {
				t.Errorf("%s: the token that writes is in the wrong job", at)
			}
			if _, onTarget := w.On["pull_request_target"]; onTarget && job.Environment != "dns-forks" {
				t.Errorf("%s: nobody lets a stranger's pull request go on", at)
			}
			if name == "apply" && (job.Concurrency.Group == "" || strings.Contains(job.If, "pull_request") || onGitHub && job.Environment != "dns") {
				t.Errorf("%s: it can overlap, run for a pull request, or needs no environment", at)
			}
			if onGitHub && len(job.Permissions) == 0 || job.Permissions["contents"] == "write" {
				t.Errorf("%s: permissions %v", at, job.Permissions)
			}
		}
	}
}

func checkStep(t *testing.T, at string, s step, action workflow) {
	t.Helper()
	if strings.Contains(s.Run, "${{") {
		t.Errorf("%s: an expression in a shell: %s", at, s.Run)
	}
	if strings.Contains(s.Uses, "/checkout@") && s.With["persist-credentials"] != "false" {
		t.Errorf("%s: the checkout keeps its token", at)
	}
	if !strings.Contains(s.Uses, "/examples/ci/github@") {
		return
	}
	for input := range s.With {
		if _, ok := action.Inputs[input]; !ok {
			t.Errorf("%s: the action has no input %s", at, input)
		}
	}
	for input, i := range action.Inputs {
		if i.Required && s.With[input] == "" {
			t.Errorf("%s: the action needs the input %s", at, input)
		}
	}
	// What a dispatch or a pull request says gets there as an environment variable at most.
	for input, value := range s.With {
		if strings.Contains(value, "github.event.") && !regexp.MustCompile(`^(--[a-z-]+ \$\{\{ github\.event\.pull_request\.base\.sha \}\} ?)+$`).MatchString(value) {
			t.Errorf("%s: %s is %s", at, input, value)
		}
	}
}

// runAction runs the steps of the composite action as a runner would, and returns
// what the last said.
func (r *recipe) runAction(inputs map[string]string, env ...string) result {
	r.Helper()
	var action workflow
	parse(r.T, "github/action.yml", &action)
	known := map[string]string{"runner.temp": r.out}
	for name, i := range action.Inputs {
		known["inputs."+name] = i.Default
	}
	known["inputs.token"] = forgeToken
	for name, value := range inputs {
		known["inputs."+name] = value
	}
	at, err := filepath.Abs("../../examples/ci/github")
	if err != nil {
		r.Fatal(err)
	}
	path := filepath.Join(r.out, "path")
	var res result
	for i, s := range action.Runs.Steps {
		script, output := filepath.Join(r.out, fmt.Sprintf("step%d", i)), filepath.Join(r.out, fmt.Sprintf("output%d", i))
		r.write(script, s.Run)
		c := exec.CommandContext(r.Context(), "bash", "--noprofile", "--norc", "-e", "-o", "pipefail", script)
		c.Dir = r.dir
		c.Env = append(slices.Clone(r.env), append(env, "GITHUB_ACTION_PATH="+at, "GITHUB_OUTPUT="+output, "GITHUB_PATH="+path)...)
		for name, value := range s.Env {
			c.Env = append(c.Env, name+"="+r.expand(value, known))
		}
		res = r.ended(c)
		if res.code != 0 {
			return res
		}
		if added, err := os.ReadFile(path); err == nil {
			env = append(env, "PATH="+strings.TrimSpace(string(added))+":"+strings.TrimPrefix(r.env[0], "PATH="))
		}
		if text, err := os.ReadFile(output); err == nil {
			for line := range strings.Lines(string(text)) {
				name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
				known["steps."+s.ID+".outputs."+name] = value
			}
		}
	}
	return res
}

// expand fills in expressions. Each must be known.
func (r *recipe) expand(text string, known map[string]string) string {
	return regexp.MustCompile(`\$\{\{ (.*?) \}\}`).ReplaceAllStringFunc(text, func(e string) string {
		value, ok := known[e[4:len(e)-3]]
		if !ok {
			r.Errorf("nobody knows %s", e)
		}
		return value
	})
}

// The composite action itself, from the installation to the comment and the apply.
func TestRecipeAction(t *testing.T) {
	t.Parallel()
	r := newRecipe(t, github)
	archive, sum := release(t, "#!/bin/sh\necho as installed >&2\nexec zoneloom-of-the-test \"$@\"\n")
	env := []string{"ZONELOOM_CI_RELEASES=" + serveRelease(t, archive, sum)}
	r.wants("www: {type: A, value: 192.0.2.2}", "new: {type: A, value: 192.0.2.2}")
	r.commit("change")
	r.event(`{"repository": {"default_branch": "main"}, "pull_request": {"number": 7}}`)
	r.runAction(map[string]string{"mode": "plan", "version": "9.9.9", "sha256": sum, "args": "--max-risk high --zone exam*"}, append(env, r.forge.envOfPull()...)...).
		exits(0, "as installed", "a comment was written")
	r.merge()
	r.event(`{"repository": {"default_branch": "main"}}`)
	r.runAction(map[string]string{"mode": "apply", "version": "9.9.9", "reviewed": "comment"}, append(env, "CLOUDFLARE_API_TOKEN="+sandbox.DefaultToken)...).
		exits(0, "Applied: 2 changes made")
	r.runAction(map[string]string{"mode": "check; touch pwned", "version": "9.9.9"}, env...).exits(1, "say check, plan, apply, drift or install")
	r.runAction(map[string]string{"mode": "check", "version": "9.9.9"}, env...).exits(0)
}

// A fork can neither have the token sent elsewhere nor lift the target's guards, by
// the flags that dns-forks.yml gives.
func TestRecipeFork(t *testing.T) {
	t.Parallel()
	r := newRecipe(t, github)
	config := filepath.Join(r.dir, "zoneloom.yaml")
	r.write(config, strings.Replace(r.read(config), "    provider: cf\n", "    provider: cf\n    protect: {type: A}\n", 1))
	base := r.commit("main")

	var asked atomic.Int64
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(elsewhere.Close)
	r.wants("new: {type: A, value: 192.0.2.9}", "two: {type: A, value: 192.0.2.9}")
	r.write(config, strings.Replace(r.read(config), r.service.url, elsewhere.URL, 1))
	r.commit("fork")

	var w workflow
	parse(t, "github/dns-forks.yml", &w)
	steps := w.Jobs["plan"].Steps
	args := r.expand(steps[len(steps)-1].With["args"], map[string]string{"github.event.pull_request.base.sha": base})
	r.event(`{"repository": {"default_branch": "main"}, "pull_request": {"number": 7}}`)
	archive, sum := release(t, "#!/bin/sh\nexec zoneloom-of-the-test \"$@\"\n")
	r.runAction(map[string]string{"mode": "plan", "version": "9.9.9", "args": args}, "ZONELOOM_CI_RELEASES="+serveRelease(t, archive, sum),
		"GITHUB_EVENT_NAME=pull_request_target", "GITHUB_BASE_REF=main").
		exits(3, "Refused: example.com.: protect: www.example.com. A is protected", "192.0.2.9")
	if !strings.Contains(r.forge.comment(), "`example.com:protect`") {
		t.Errorf("the comment says:\n%s", r.forge.comment())
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("the host of the fork's choosing was asked %d times", n)
	}
}

// gitlabJob is a job of .gitlab-ci.yml.
type gitlabJob struct {
	Script    []string
	When      string
	Rules     []struct{ If, When string }
	Needs     []struct{ Job string }
	Artifacts struct {
		Paths   []string
		Reports map[string]string
	}
	Environment   string
	ResourceGroup string `yaml:"resource_group"`
}

// The jobs for GitLab, as their lines stand in the file.
func TestRecipeGitLab(t *testing.T) {
	t.Parallel()
	var jobs struct {
		Plan, Review, Apply, Drift gitlabJob
	}
	parse(t, "gitlab/.gitlab-ci.yml", &jobs)
	if jobs.Apply.Environment == "" || jobs.Apply.ResourceGroup == "" || len(jobs.Apply.Rules) != 1 || jobs.Apply.Rules[0].When != "manual" {
		t.Error("apply needs an environment, a resource group and a person")
	}
	r := newRecipe(t, gitlab)
	reports := filepath.Join(r.dir, "zoneloom-reports")
	job := func(j gitlabJob, env ...string) result {
		t.Helper()
		if err := os.MkdirAll(filepath.Join(r.dir, "ci"), 0o700); err != nil {
			t.Fatal(err)
		}
		r.write(filepath.Join(r.dir, "ci/zoneloom-ci.sh"), r.read(r.script))
		c := exec.CommandContext(t.Context(), "bash", "-e", "-o", "pipefail", "-c", strings.Join(j.Script, "\n"))
		c.Dir, c.Env = r.dir, append(slices.Clone(r.env), append([]string{"ZONELOOM_CI_REPORTS="}, env...)...)
		res := r.ended(c)
		if res.code != 0 {
			return res
		}
		for _, file := range append(slices.Clone(j.Artifacts.Paths), slices.Collect(maps.Values(j.Artifacts.Reports))...) {
			if _, err := os.Stat(filepath.Join(r.dir, file)); err != nil {
				t.Errorf("the artifact %s isn't there: %v\n%s%s", file, err, res.stdout, res.stderr)
			}
		}
		return res
	}
	r.wants("www: {type: A, value: 192.0.2.2}")
	r.commit("change")
	job(jobs.Plan, r.forge.envOfPull()...).exits(0, "a comment was written")
	job(jobs.Plan, append(r.forge.envOfPull(), "ZONELOOM_CI_TOKEN=")...).exits(0, "no comment is written")
	r.merge()
	job(jobs.Review).exits(0)
	name, id, _ := strings.Cut(strings.TrimSpace(r.read(filepath.Join(reports, "plan.env"))), "=")
	if name != "ZONELOOM_PLAN_ID" || !strings.HasPrefix(id, "sha256:") {
		t.Fatalf("the job after the review gets %s=%s", name, id)
	}
	writer := "CLOUDFLARE_API_TOKEN=" + sandbox.DefaultToken
	job(jobs.Apply, writer, "ZONELOOM_PLAN_ID=sha256:"+strings.Repeat("0", 64)).exits(3, "which was reviewed")
	job(jobs.Apply, writer, "ZONELOOM_PLAN_ID="+id).exits(0, "Applied: 1 change made")
	job(jobs.Drift).exits(0)
}

// A host of one's own, with cron.
func TestRecipeShell(t *testing.T) {
	t.Parallel()
	r := newRecipe(t, "")
	clone := filepath.Join(r.out, "clone")
	r.git("clone", "-q", r.git("remote", "get-url", "origin"), clone)
	r.script = filepath.Join(filepath.Dir(r.script), "shell/deploy.sh")
	writer := []string{"CLOUDFLARE_API_TOKEN=" + sandbox.DefaultToken}
	r.wants("www: {type: A, value: 192.0.2.2}")
	r.commit("main")
	r.run(nil, clone, "main", "drift").exits(2, "192.0.2.2")
	r.write(filepath.Join(clone, "zoneloom.yaml"), "whatever stood there")
	r.run(writer, clone).exits(0, "Applied: 1 change made")
	r.run(writer, clone).exits(0, "Nothing to do")
	if runs, _ := filepath.Glob(filepath.Join(clone, ".zoneloom/runs/*.ndjson")); len(runs) != 1 {
		t.Errorf("%d runs in the journal, want 1", len(runs))
	}
	r.run(nil, clone, "main", "drift").exits(0)
	r.run(writer, clone, "nowhere").exits(128, "nowhere")
}
