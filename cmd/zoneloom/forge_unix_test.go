//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

// The forges that the recipes are for, and what their tests know of them.
const (
	github  = "github"
	gitlab  = "gitlab"
	forgejo = "forgejo"

	forgeToken  = "forge-token"
	pullRequest = 7
	maxComment  = 65_536 // in characters, on GitHub

	// GitHub's links to further pages name the repository in this way.
	byNumber = "/repositories/9"
)

// fakeForge is as much of a forge's API as the recipes use, for one repository and
// one pull request. It gives out lists in pages of two.
type fakeForge struct {
	*testing.T
	kind, url string
	bot       string // whose token the recipe has

	mu       sync.Mutex
	comments []*note
	issues   []*note
	tip      string          // the newest commit of main
	merged   map[string]bool // commits that the pull request became
	calls    []string        // those that aren't GETs
}

// note is a comment or an issue.
type note struct {
	number       int
	author, text string
	closed       bool
}

// handOver lets the server see what the test set, before a run, and the test see
// what the server took in, after it: nothing else orders the two.
func (f *fakeForge) handOver() {
	f.mu.Lock()
	defer f.mu.Unlock()
}

func newForge(t *testing.T, kind string) *fakeForge {
	t.Helper()
	f := &fakeForge{T: t, kind: kind, merged: map[string]bool{}}
	f.bot = map[string]string{github: "github-actions[bot]", gitlab: "project_1_bot", forgejo: "forgejo-actions"}[kind]
	mux := http.NewServeMux()
	routes := map[string]http.HandlerFunc{
		"GET /issues/7/comments":      f.list(&f.comments),
		"POST /issues/7/comments":     f.create(&f.comments),
		"PATCH /issues/comments/{n}":  f.update(&f.comments),
		"GET /issues":                 f.list(&f.issues),
		"POST /issues":                f.create(&f.issues),
		"PATCH /issues/{n}":           f.update(&f.issues),
		"GET /branches/main":          f.branch,
		"GET /commits/{commit}/pulls": f.pulls,
	}
	root := "/api/repos/team/dns"
	switch kind {
	case forgejo:
		delete(routes, "GET /commits/{commit}/pulls")
		routes["GET /commits/{commit}/pull"] = f.pulls
	case gitlab:
		root = "/api/projects/1"
		routes = map[string]http.HandlerFunc{
			"GET /merge_requests/7/notes":                     f.list(&f.comments),
			"POST /merge_requests/7/notes":                    f.create(&f.comments),
			"PUT /merge_requests/7/notes/{n}":                 f.update(&f.comments),
			"GET /issues":                                     f.list(&f.issues),
			"POST /issues":                                    f.create(&f.issues),
			"PUT /issues/{n}":                                 f.update(&f.issues),
			"GET /repository/commits/{commit}/merge_requests": f.pulls,
		}
		mux.HandleFunc("GET /api/user", func(w http.ResponseWriter, _ *http.Request) {
			f.answer(w, map[string]any{"username": f.bot})
		})
	}
	for pattern, handler := range routes {
		method, path, _ := strings.Cut(pattern, " ")
		mux.HandleFunc(method+" "+root+path, handler)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		defer f.mu.Unlock()
		if r.Method != http.MethodGet {
			f.calls = append(f.calls, r.Method+" "+strings.TrimPrefix(r.URL.Path, root))
		}
		if r.Header.Get("Authorization") != "Bearer "+forgeToken {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"message": "Bad credentials"}`)
			return
		}
		r.URL.Path = strings.Replace(r.URL.Path, byNumber, "/repos/team/dns", 1)
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	f.url = server.URL + "/api"
	return f
}

// env is what the forge's runners tell their jobs, those for main.
func (f *fakeForge) env(event string) []string {
	if f.kind == gitlab {
		return []string{
			"GITLAB_CI=true", "CI_API_V4_URL=" + f.url, "CI_PROJECT_ID=1", "CI_DEFAULT_BRANCH=main", "CI_COMMIT_BRANCH=main",
		}
	}
	env := []string{
		"GITHUB_ACTIONS=true", "GITHUB_API_URL=" + f.url, "GITHUB_REPOSITORY=team/dns", "GITHUB_EVENT_PATH=" + event,
		"GITHUB_REF_TYPE=branch", "GITHUB_REF_NAME=main", "GITHUB_EVENT_NAME=push",
	}
	if f.kind == forgejo {
		env = append(env, "FORGEJO_ACTIONS=true")
	}
	return env
}

// envOfPull is what they tell the jobs of the pull request besides.
func (f *fakeForge) envOfPull() []string {
	if f.kind == gitlab {
		return []string{"CI_COMMIT_BRANCH=", "CI_MERGE_REQUEST_IID=7", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main"}
	}
	return []string{"GITHUB_EVENT_NAME=pull_request", "GITHUB_REF_NAME=7/merge", "GITHUB_BASE_REF=main"}
}

func (f *fakeForge) answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		f.Error(err)
	}
}

// shown is a comment or an issue as the forge has it.
func (f *fakeForge) shown(n *note) map[string]any {
	by, text, number := "user", "body", "number"
	who := map[string]any{"login": n.author}
	if f.kind == gitlab {
		by, text, number = "author", "description", "iid"
		who = map[string]any{"username": n.author}
	}
	if slices.Contains(f.issues, n) {
		return map[string]any{"id": 1000 + n.number, number: n.number, by: who, text: n.text}
	}
	return map[string]any{"id": n.number, by: who, "body": n.text}
}

// list gives out a page, but Forgejo has all comments on one.
func (f *fakeForge) list(of *[]*note) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		page, _ := strconv.Atoi(r.FormValue("page"))
		all := []any{}
		for _, n := range *of {
			if !n.closed {
				all = append(all, f.shown(n))
			}
		}
		const size = 2
		first := size * max(page-1, 0)
		if rest := len(all) - first; rest > size && f.kind != forgejo {
			next := *r.URL
			q := next.Query()
			q.Set("page", strconv.Itoa(max(page, 1)+1))
			next.RawQuery = q.Encode()
			if f.kind == github {
				next.Path = strings.Replace(next.Path, "/repos/team/dns", byNumber, 1)
			}
			w.Header().Set("Link", fmt.Sprintf(`<%s%s>; rel="next", <http://elsewhere.example/>; rel="last"`, strings.TrimSuffix(f.url, "/api"), &next))
			all = all[:first+size]
		}
		if f.kind == forgejo {
			first = 0
		}
		f.answer(w, all[first:])
	}
}

// text takes what a note is to say, and what is to become of it.
func (f *fakeForge) text(w http.ResponseWriter, r *http.Request, n *note) bool {
	var body struct{ Body, Description, State, StateEvent string }
	var raw map[string]any
	if err := json.NewDecoder(r.Body).Decode(&raw); err != nil {
		f.Errorf("%s %s: %v", r.Method, r.URL, err)
	}
	for key, to := range map[string]*string{"body": &body.Body, "description": &body.Description, "state": &body.State, "state_event": &body.StateEvent} {
		if v, ok := raw[key].(string); ok {
			*to = v
		}
	}
	if text := body.Body + body.Description; text != "" {
		n.text = text
	}
	n.closed = n.closed || body.State == "closed" || body.StateEvent == "close"
	if utf8.RuneCountInString(n.text) > maxComment {
		w.WriteHeader(http.StatusUnprocessableEntity)
		fmt.Fprint(w, `{"message": "Body is too long (maximum is 65536 characters)"}`)
		return false
	}
	return true
}

func (f *fakeForge) create(in *[]*note) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		n := &note{number: 100 + len(f.comments) + len(f.issues), author: f.bot}
		if f.text(w, r, n) {
			*in = append(*in, n)
			w.WriteHeader(http.StatusCreated)
			f.answer(w, f.shown(n))
		}
	}
}

func (f *fakeForge) update(in *[]*note) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		number, _ := strconv.Atoi(r.PathValue("n"))
		i := slices.IndexFunc(*in, func(n *note) bool { return n.number == number })
		if i < 0 {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		if f.text(w, r, (*in)[i]) {
			f.answer(w, f.shown((*in)[i]))
		}
	}
}

func (f *fakeForge) branch(w http.ResponseWriter, _ *http.Request) {
	if f.kind == forgejo {
		f.answer(w, map[string]any{"name": "main", "commit": map[string]any{"id": f.tip}})
		return
	}
	f.answer(w, map[string]any{"name": "main", "commit": map[string]any{"sha": f.tip}})
}

// pulls tells which pull request a commit came from.
func (f *fakeForge) pulls(w http.ResponseWriter, r *http.Request) {
	commit := r.PathValue("commit")
	// One that has the commit as well, and wasn't merged.
	all := []any{map[string]any{
		"number": 6, "iid": 6, "state": "open", "merge_commit_sha": commit, "target_branch": "main",
		"base": map[string]any{"ref": "main"},
	}}
	if f.merged[commit] {
		all = append(all, map[string]any{
			"number": pullRequest, "state": "closed", "merged_at": "2026-11-25T12:00:00Z", "merge_commit_sha": commit,
			"base": map[string]any{"ref": "main"},
		})
		if f.kind == gitlab {
			all[1] = map[string]any{"iid": pullRequest, "state": "merged", "squash_commit_sha": commit, "target_branch": "main"}
		}
	}
	switch {
	case f.kind != forgejo:
		f.answer(w, all)
	case len(all) > 1:
		f.answer(w, all[1])
	default:
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"message": "pull request does not exist"}`)
	}
}
