package main

import (
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// secretTypes are providers that have credentials in the environment, and what
// those are. URL stands for where they are sent.
var secretTypes = map[string]struct {
	settings string
	secrets  map[string]string
}{
	"cloudflare token": {
		`type: cloudflare, token: "${S_TOKEN}", url: "URL"`,
		map[string]string{"S_TOKEN": "cf-token/with+signs-0123456789"},
	},
	"cloudflare key": {
		`type: cloudflare, email: me@example.net, key: "${S_KEY}", url: "URL"`,
		map[string]string{"S_KEY": "0123456789abcdef0123456789abcdef01234"},
	},
	"powerdns": {
		`type: powerdns, key: "${S_PDNS}", url: "URL"`,
		map[string]string{"S_PDNS": "pdns&key=of the/server"},
	},
	"rfc2136": {
		`type: rfc2136, server: "127.0.0.1:1", key_name: k., secret: "${S_TSIG}", zones: [example.com]`,
		map[string]string{"S_TSIG": "c2VjcmV0LW9mLXRoZS10c2lnLWtleS0wMTIzNDU2Nzg="},
	},
}

// No secret gets into what the command says or writes, even where the service
// sends it back in all that it answers, and whether it comes from the environment
// or stands in the configuration. (What clients try again isn't among the answers:
// it takes long, and the last try says the same.)
func TestSecretsStayInside(t *testing.T) {
	for name, typ := range secretTypes {
		for _, status := range []int{307, 400, 401, 403} {
			for _, literal := range []bool{false, true} {
				t.Run(fmt.Sprint(name, " ", status, " literal ", literal), func(t *testing.T) {
					settings := strings.ReplaceAll(typ.settings, "URL", echo(t, status).URL)
					for variable, secret := range typ.secrets {
						if literal {
							settings = strings.ReplaceAll(settings, "${"+variable+"}", secret)
						} else {
							t.Setenv(variable, secret)
						}
					}
					dir := t.TempDir()
					said := sayAll(t, dir, settings)
					for secret, where := range spelled(typ.secrets) {
						if strings.Contains(said, secret) {
							t.Errorf("what is said holds %s:\n%s", where, said)
						}
						inFiles(t, dir, secret, where)
					}
				})
			}
		}
	}
}

// sayAll runs commands on a configuration in dir, whose only provider has these
// settings, and returns all that they say.
func sayAll(t *testing.T, dir, settings string) string {
	t.Helper()
	text := "providers: {p: {" + settings + "}}\n" +
		"zones: {example.com: {provider: p, records: {www: {type: A, value: 192.0.2.1}}}}\n"
	file := filepath.Join(dir, configured)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	for _, line := range []string{
		"whoami -v", "zones -v --log-format=json", "plan -v --out " + dir + "/plan.json", "apply --yes -v --format=json --report html=" + dir + "/report.html",
		"apply --dry-run --log-format=json -v", "import --provider p -v", "verify -v --server 127.0.0.1:1", "validate --format=json",
		"plan --report html=" + dir + "/report.html --report junit=" + dir + "/report.xml",
	} {
		args := append([]string{"zoneloom"}, strings.Fields(line)...)
		run(append(args, "-c", file), strings.NewReader(""), &said, &said)
	}
	return said.String()
}

// configured is the file that may hold secrets.
const configured = "zoneloom.yaml"

// A refusal that has the secret in it, in whatever form, is shown, kept and
// reported without it.
func TestRefusalsHoldNoSecrets(t *testing.T) {
	service, refuse := serveCloudflare(t), echo(t, http.StatusBadRequest)
	mixed := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		to := service
		if r.Method != http.MethodGet {
			to = refuse.URL
		}
		u, err := url.Parse(to)
		if err != nil {
			t.Error(err)
		}
		httputil.NewSingleHostReverseProxy(u).ServeHTTP(w, r)
	}))
	t.Cleanup(mixed.Close)
	dir := t.TempDir()
	said := sayAll(t, dir, `type: cloudflare, token: "`+planToken+`", url: "`+mixed.URL+`"`)
	if !strings.Contains(said, `"result": "not_made"`) || !strings.Contains(said, "[secret]") {
		t.Fatalf("nothing was refused:\n%s", said)
	}
	runs, err := filepath.Glob(filepath.Join(dir, ".zoneloom", "runs", "*.ndjson"))
	if err != nil || len(runs) != 1 {
		t.Fatalf("%d runs are on record: %v", len(runs), err)
	}
	for secret, where := range spelled(map[string]string{"the token": planToken}) {
		if strings.Contains(said, secret) {
			t.Errorf("what is said holds %s:\n%s", where, said)
		}
		inFiles(t, dir, secret, where)
	}
}

// echo answers with what it was asked, in every place that might be shown.
func echo(t *testing.T, status int) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var sent strings.Builder
		_ = r.Header.Write(&sent)
		body, _ := io.ReadAll(r.Body)
		quoted := strings.NewReplacer("\r\n", " ", `"`, "'").Replace(sent.String() + string(body))
		if _, token, found := strings.Cut(r.Header.Get("Authorization"), " "); found {
			quoted += base64.StdEncoding.EncodeToString([]byte(token))
		}
		w.Header().Set("Cf-Ray", quoted)
		w.Header().Set("Location", "http://127.0.0.1:1/?"+url.QueryEscape(quoted))
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"success": false, "error": "%[1]s", "errors": [{"code": 1, "message": "%[1]s"}], "result": "%[1]s"}`, quoted)
	}))
	t.Cleanup(s.Close)
	return s
}

// spelled returns secrets in the forms that they might be shown in.
func spelled(secrets map[string]string) map[string]string {
	forms := map[string]string{}
	for variable, s := range secrets {
		forms[s] = variable
		forms[url.QueryEscape(s)] = variable + " escaped for a query"
		forms[url.PathEscape(s)] = variable + " escaped for a path"
		forms[base64.StdEncoding.EncodeToString([]byte(s))] = variable + " in base64"
	}
	return forms
}

// inFiles looks for a secret in all files below dir but the configuration, and
// for files and folders that others may read.
func inFiles(t *testing.T, dir, secret, where string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || path == dir || e.Name() == configured {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		isReport := strings.HasPrefix(e.Name(), "report.") // and meant for others
		if info.Mode().Perm()&0o077 != 0 && !isReport {
			t.Errorf("others may read %s: %s", path, info.Mode())
		}
		if e.IsDir() {
			return nil
		}
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), secret) {
			t.Errorf("%s holds %s", path, where)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
