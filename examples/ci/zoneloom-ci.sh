#!/bin/sh
# Zoneloom in CI: plans a change and keeps one comment about it, applies what was
# merged, finds drift. The recipes for GitHub, GitLab, Forgejo and cron call it;
# docs/ci.md tells how.
#
#   zoneloom-ci.sh check [FLAG...]   validates and lints: no secrets, no network
#   zoneloom-ci.sh plan [FLAG...]    plans, writes reports and the comment
#   zoneloom-ci.sh apply [FLAG...]   applies what the default branch asks for
#   zoneloom-ci.sh drift [FLAG...]   plans, and keeps an issue while something differs
#   zoneloom-ci.sh install           fetches the release ZONELOOM_VERSION
#
# FLAGs go to zoneloom as they are. The exit code is zoneloom's, but that plan
# exits with 0 where there are changes. What the environment may say:
#
#   ZONELOOM_CI_CONFIG    the configuration (zoneloom.yaml)
#   ZONELOOM_CI_NAME      tells the comments of several configurations apart
#   ZONELOOM_CI_REPORTS   the folder for reports (zoneloom-reports)
#   ZONELOOM_CI_ALLOW     guards to lift, as ZONE:GUARD with blanks between them
#   ZONELOOM_CI_REVIEWED  comment: apply only the plan that the comment showed
#   ZONELOOM_CI_BRANCH    the branch to apply (the repository's default branch)
#   ZONELOOM_CI_TOKEN     for comments and issues; without it there are none
#   ZONELOOM_CI_AUTHOR    whose token that is, where it isn't the CI system's own
#   ZONELOOM_VERSION      the release that install fetches, as in 1.2.3
#   ZONELOOM_SHA256       of its archive; else the release's checksums.txt is believed
#   ZONELOOM_CI_BIN       the folder that install puts it in ($HOME/.local/bin)
#   ZONELOOM_CI_RELEASES  where releases are
#
# Needs git and jq, and curl for comments, issues and install.
set -eu
umask 077

error=1   # exit codes, as zoneloom's
changes=2
refused=3

say() { printf 'zoneloom-ci: %s\n' "$*" >&2; }

# fail exits with what zoneloom exited with, if that was a failure.
status=$error
fail() {
	say "$*"
	exit "$status"
}

refuse() {
	say "refused: $*"
	say "nothing was written"
	exit "$refused"
}

# settings reads the environment.
settings() {
	config=${ZONELOOM_CI_CONFIG:-zoneloom.yaml}
	name=${ZONELOOM_CI_NAME:-}
	case $name in
	*[!A-Za-z0-9._/-]* | *--*) fail "ZONELOOM_CI_NAME is \"$name\": take letters, digits, '.', '_', '/' and single '-'" ;;
	esac
	[ ${#name} -le 100 ] || fail "ZONELOOM_CI_NAME is longer than 100 characters"
	reports=${ZONELOOM_CI_REPORTS:-zoneloom-reports}
	# It is zoneloom's no longer: a configuration has no use for it.
	token=${ZONELOOM_CI_TOKEN:-}
	unset ZONELOOM_CI_TOKEN
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	stoppable
	forge
}

# stoppable has a signal end this script by way of its EXIT trap: $work holds a token.
stoppable() {
	trap 'exit 130' INT
	trap 'exit 143' TERM
}

# forge finds out where this runs: the API of the repository, its default branch,
# and the pull request.
forge() {
	forge=none root='' api='' default='' number='' head='' commit=''
	if [ "${GITHUB_ACTIONS:-}" = true ]; then
		forge=github author=${ZONELOOM_CI_AUTHOR:-github-actions[bot]}
		if [ -n "${FORGEJO_ACTIONS:-}" ]; then
			forge=forgejo author=${ZONELOOM_CI_AUTHOR:-forgejo-actions}
		elif [ -n "${GITEA_ACTIONS:-}" ]; then
			forge=forgejo author=${ZONELOOM_CI_AUTHOR:-gitea-actions}
		fi
		root=$GITHUB_API_URL
		api=$root/repos/$GITHUB_REPOSITORY
		if [ -s "${GITHUB_EVENT_PATH:-}" ]; then
			jq -r '.repository.default_branch // "", .pull_request.number // "", .pull_request.head.sha // ""' "$GITHUB_EVENT_PATH" >"$work/event" ||
				fail "the event in $GITHUB_EVENT_PATH can't be read"
			{ read -r default && read -r number && read -r commit; } <"$work/event"
		fi
		[ "${GITHUB_REF_TYPE:-branch}" != branch ] || head=${GITHUB_REF_NAME:-}
	elif [ "${GITLAB_CI:-}" = true ]; then
		forge=gitlab author=${ZONELOOM_CI_AUTHOR:-}
		root=$CI_API_V4_URL
		api=$root/projects/$CI_PROJECT_ID
		default=${CI_DEFAULT_BRANCH:-}
		number=${CI_MERGE_REQUEST_IID:-}
		commit=${CI_MERGE_REQUEST_SOURCE_BRANCH_SHA:-${CI_COMMIT_SHA:-}}
		head=${CI_COMMIT_BRANCH:-}
	fi
	case $number in *[!0-9]*) fail "the pull request has the number \"$number\"" ;; esac
	default=${ZONELOOM_CI_BRANCH:-$default}
}

# call METHOD URL [FILE] asks the forge; the answer is in $work/answer, and
# the response's status in $code.
call() {
	method=$1 url=$2
	case $url in
	/user) url=$root$url ;;
	/*) url=$api$url ;;
	"$root"/*) ;; # the next page, on GitHub by the number of the repository
	*) fail "the forge sends to $url, which isn't at $root" ;;
	esac
	if [ $# -gt 2 ]; then
		set -- --header 'Content-Type: application/json' --data-binary "@$3"
	else
		set -- --retry 3
	fi
	# The token stands in a file: everybody can read the arguments of a process.
	printf 'Authorization: Bearer %s\n' "$token" >"$work/authorization"
	code=$(curl --silent --show-error --globoff --max-time 60 --request "$method" \
		--header "@$work/authorization" --header 'Accept: application/json' \
		--dump-header "$work/headers" --output "$work/answer" --write-out '%{http_code}' "$@" "$url") ||
		fail "$method $url: no answer, see above"
	case $code in
	2??) ;;
	404) [ "${absent:-}" = allowed ] || answered ;;
	*) answered ;;
	esac
}

# answered fails with what the forge said.
answered() {
	text=$(jq -r '.message // .error // "" | tostring' "$work/answer" 2>/dev/null | tr -d '\000-\037' | cut -c 1-200) || text=
	case $code in
	401 | 403 | 404) text="$text (may this token do it? docs/ci.md says which permissions it needs)" ;;
	esac
	fail "$method $url: status $code: $text"
}

# list URL reads a list page by page into $work/list, an item in each line.
list() {
	next=$1 pages=0
	: >"$work/list"
	while [ -n "$next" ]; do
		call GET "$next"
		jq -c '.[]' "$work/answer" >>"$work/list" || fail "GET $url: the answer is no list"
		next=$(tr -d '\r' <"$work/headers" | sed -n 's/^[Ll]ink: *//p' | tr ',' '\n' |
			sed -n 's/^ *<\([^>]*\)>.*rel="next".*/\1/p' | head -n 1)
		pages=$((pages + 1))
		[ "$pages" -lt 200 ] || fail "GET $1: more than 200 pages"
	done
}

# mark KIND is the first line of what this keeps at the forge.
mark() { printf '<!-- zoneloom:%s%s -->' "$1" "${name:+ $name}"; }

# ours MARK finds the first item of the list that has the mark and was written by
# nobody else: its number is in $found, its text in $work/found.
ours() {
	jq -r --slurp --arg author "$author" --arg mark "$1" '
		map(select((.user.login // .author.username) == $author and .pull_request == null)
			| {number: (.iid // .number // .id), text: (.body // .description // "")}
			| select(.text | startswith($mark)))
		| if length > 0 then .[0].number, .[0].text else empty end' "$work/list" >"$work/found" || fail "GET $url: the answer can't be read"
	found=
	if [ -s "$work/found" ]; then read -r found <"$work/found"; fi
}

# itself finds out whose the token is, where that isn't known.
itself() {
	[ -z "$author" ] || return 0
	call GET "/user"
	author=$(jq -r .username "$work/answer")
}

# comments NUMBER lists the comments of a pull request.
comments() {
	itself
	case $forge in
	github | forgejo) all=/issues/$1/comments one=/issues/comments update=PATCH ;;
	gitlab) all=/merge_requests/$1/notes one=$all update=PUT ;;
	esac
	list "$all?per_page=100"
}

# body KIND makes a comment's or an issue's text from the report: its heading, the
# commit that it is for, and the rest.
body() {
	{
		mark "$1"
		echo
		sed -n 2p "$reports/plan.md"
		case $commit in
		'' | *[!0-9a-f]*) ;;
		*) printf '\nFor commit %.12s.\n' "$commit" ;;
		esac
		sed 1,2d "$reports/plan.md"
	} >"$work/body"
}

# comment writes the plan's comment, or brings it up to date.
comment() {
	[ -n "$number" ] || return 0
	if [ -z "$token" ]; then
		say "there is no ZONELOOM_CI_TOKEN, so no comment is written"
		return 0
	fi
	if [ ! -s "$reports/plan.md" ]; then
		say "there is no report, so no comment is written"
		return 0
	fi
	comments "$number"
	ours "$(mark plan)"
	body plan
	jq -n --rawfile text "$work/body" '{body: $text}' >"$work/json"
	if [ -n "$found" ]; then
		call "$update" "$one/$found" "$work/json"
		say "the comment at pull request $number is up to date"
		return 0
	fi
	call POST "$all" "$work/json"
	by=$(jq -r '.user.login // .author.username' "$work/answer")
	[ "$by" = "$author" ] || fail "the comment is by $by and not by $author: set ZONELOOM_CI_AUTHOR to $by, else each run writes one more"
	say "a comment was written to pull request $number"
}

# issue keeps an issue open for as long as there is drift.
issue() {
	if [ -z "$token" ]; then
		say "there is no ZONELOOM_CI_TOKEN, so no issue is kept"
		return 0
	fi
	case $forge in
	none) return 0 ;;
	gitlab) query='state=opened' text=description update=PUT close='{"state_event": "close"}' ;;
	forgejo) query='state=open&type=issues' text=body update=PATCH close='{"state": "closed"}' ;;
	*) query='state=open' text=body update=PATCH close='{"state": "closed"}' ;;
	esac
	itself
	list "/issues?$query&per_page=100"
	ours "$(mark drift)"
	[ "$1" -ne 0 ] || [ -n "$found" ] || return 0
	body drift
	jq -n --arg key "$text" --rawfile text "$work/body" --arg title "DNS differs from the configuration${name:+ $name}" \
		'{title: $title, ($key): $text}' >"$work/json"
	if [ "$1" -eq 0 ]; then
		printf %s "$close" >"$work/json"
		call "$update" "/issues/$found" "$work/json"
		say "nothing differs any more: issue $found is closed"
	elif [ -n "$found" ]; then
		call "$update" "/issues/$found" "$work/json"
		say "issue $found is up to date"
	else
		call POST /issues "$work/json"
		say "issue $(jq -r '.iid // .number' "$work/answer") was opened"
	fi
}

# run runs a command, waits for it, and leaves its exit code in $ran. What asks this
# script to stop asks the command to: an apply then ends what it has begun, and
# takes down how far it came. Nothing that the command prints is a command to the runner.
run() {
	quiet=
	case $forge in
	github | forgejo)
		quiet=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
		echo "::stop-commands::$quiet"
		;;
	esac
	# A session of its own, so that a signal to all of the job reaches it once.
	if command -v setsid >/dev/null; then setsid "$@" & else "$@" & fi
	pid=$!
	trap 'kill -TERM "$pid" 2>/dev/null || :' INT TERM
	ran=0
	wait "$pid" || ran=$?
	# A signal ends the wait too, and the command only later.
	while kill -0 "$pid" 2>/dev/null; do
		ran=0
		wait "$pid" || ran=$?
	done
	stoppable
	[ -z "$quiet" ] || echo "::$quiet::"
}

# reported runs a zoneloom command with the reports that this forge shows.
reported() {
	[ ! -L "$reports" ] || fail "$reports is a link: reports would be written elsewhere"
	mkdir -p "$reports"
	for file in plan.md plan.html plan.env gitlab.json codequality.json; do
		rm -f "$reports/$file"
	done
	set -- "$@" --config "$config" --report "markdown=$reports/plan.md" --report "html=$reports/plan.html"
	case $forge in
	github) set -- "$@" --report "github-annotations=$work/annotations" ;;
	gitlab) set -- "$@" --report "gitlab=$reports/gitlab.json" --report "gitlab-codequality=$reports/codequality.json" ;;
	esac
	set -f
	for guard in ${ZONELOOM_CI_ALLOW:-}; do
		set -- "$@" --allow "$guard"
	done
	set +f
	run "$@"
	annotate
	if [ -n "${GITHUB_STEP_SUMMARY:-}" ] && [ -s "$reports/plan.md" ]; then
		cat "$reports/plan.md" >>"$GITHUB_STEP_SUMMARY"
	fi
	output exit-code "$ran"
}

# output hands a value to later steps and jobs.
output() {
	if [ -n "${GITHUB_OUTPUT:-}" ]; then printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"; fi
}

check() {
	offline validate
	if [ "$ran" -eq 0 ]; then offline lint "$@"; fi
	# What validate finds beside faults, lint finds too.
	annotate
	exit "$ran"
}

# offline runs a zoneloom command that needs neither secrets nor the network.
offline() {
	set -- "$@" --config "$config"
	[ "$forge" != github ] || set -- "$@" --report "github-annotations=$work/annotations"
	run zoneloom "$@"
}

# annotate shows what was found at its lines, where the forge can.
annotate() {
	if [ -s "$work/annotations" ]; then cat "$work/annotations"; fi
}

plan() {
	# GitLab clones no more than the merge request, and the guards of its target hold.
	if [ "$forge" = gitlab ] && [ -n "$number" ]; then
		target=refs/heads/$CI_MERGE_REQUEST_TARGET_BRANCH_NAME
		git fetch --quiet origin "+$target:refs/remotes/origin/${target#refs/heads/}" || fail "the target branch can't be fetched, see above"
	fi
	reported zoneloom plan --detailed-exitcode --out "$work/plan.json" "$@"
	# The plan itself isn't kept: nobody shall apply what a pull request made.
	if [ -s "$work/plan.json" ]; then
		id=$(jq -r .id "$work/plan.json")
		output plan-id "$id"
		printf 'ZONELOOM_PLAN_ID=%s\n' "$id" >"$reports/plan.env"
	fi
	[ "$ran" -eq 0 ] || [ "$ran" -eq "$changes" ] || status=$ran
	comment
	[ "$ran" -ne "$changes" ] || ran=0
	exit "$ran"
}

drift() {
	# With a base, the reports say what is drift and what was never applied.
	case " $* " in
	*' --base'*) ;;
	*) set -- --base HEAD "$@" ;;
	esac
	reported zoneloom plan --detailed-exitcode "$@"
	case $ran in
	0 | "$changes" | "$refused")
		[ "$ran" -eq 0 ] || status=$ran
		issue "$ran"
		;;
	esac
	exit "$ran"
}

apply() {
	[ "$forge" = none ] || newest
	case ${ZONELOOM_CI_REVIEWED:-} in
	'') ;;
	comment)
		reviewed
		set -- --plan-id "$id" "$@"
		;;
	*) fail "ZONELOOM_CI_REVIEWED is \"$ZONELOOM_CI_REVIEWED\": say comment, or nothing" ;;
	esac
	reported zoneloom apply --yes "$@"
	exit "$ran"
}

# newest refuses what isn't the newest commit of the branch to apply: a pull
# request, another branch, an old job that is run again.
newest() {
	[ -z "$number" ] || refuse "this is for pull request $number, and a pull request is never applied"
	case ${GITHUB_EVENT_NAME:-} in
	pull_request*) refuse "this is for a pull request, and a pull request is never applied" ;;
	esac
	[ -n "$default" ] || fail "which branch is to be applied? Set ZONELOOM_CI_BRANCH"
	[ "$head" = "$default" ] || refuse "this is ${head:-no branch}, and only $default is applied"
	here=$(git rev-parse HEAD) || fail "which commit is this? It isn't a git clone"
	case $forge in
	gitlab) tip=$(git ls-remote --exit-code origin "refs/heads/$default" | cut -f 1) ;;
	*)
		[ -n "$token" ] || fail "there is no ZONELOOM_CI_TOKEN: it is needed to see whether $default has moved on"
		call GET "/branches/$(printf %s "$default" | jq -Rr @uri)"
		tip=$(jq -r '.commit.sha // .commit.id' "$work/answer")
		;;
	esac
	[ -n "$tip" ] || fail "which commit is the newest of $default? The forge doesn't tell, see above"
	[ "$here" = "$tip" ] || refuse "$default has moved on from $here to $tip, whose own job applies it"
}

# reviewed finds the pull request that was merged, and in its comment the id of the
# plan that was reviewed.
reviewed() {
	[ "$forge" != none ] || fail "ZONELOOM_CI_REVIEWED=comment: there are no comments here"
	[ -n "$token" ] || fail "ZONELOOM_CI_REVIEWED=comment needs ZONELOOM_CI_TOKEN"
	absent=allowed
	case $forge in
	github) list "/commits/$here/pulls?per_page=100" ;;
	gitlab) list "/repository/commits/$here/merge_requests?per_page=100" ;;
	forgejo)
		call GET "/commits/$here/pull"
		if [ "$code" = 404 ]; then : >"$work/list"; else jq -c . "$work/answer" >"$work/list"; fi
		;;
	esac
	absent=
	merged=$(jq -r --arg commit "$here" --arg branch "$default" '
		select((.merged_at != null or .state == "merged") and (.base.ref // .target_branch) == $branch)
		| select(.merge_commit_sha == $commit or .squash_commit_sha == $commit or .sha == $commit)
		| .iid // .number' "$work/list" | head -n 1)
	[ -n "$merged" ] || refuse "no pull request brought $here to $default, so nobody reviewed a plan; to apply it all the same, start this by hand"
	comments "$merged"
	ours "$(mark plan)"
	# The last line of a report: nothing in a plan comes below it.
	# shellcheck disable=SC2016 # the quotes are the report's
	id=$(tr -d '\r' <"$work/found" | sed -n '/./p' | tail -n 1 | sed -n 's/^Plan `\(sha256:[0-9a-f]\{64\}\)`$/\1/p')
	[ -n "$id" ] || refuse "pull request $merged has no comment with a plan, so nobody reviewed one; to apply it all the same, start this by hand"
	say "pull request $merged showed the plan $id"
}

# install fetches a release and puts it where it is found.
install() {
	version=${ZONELOOM_VERSION:-}
	case $version in
	'' | *[!0-9A-Za-z.-]*) fail "ZONELOOM_VERSION is \"$version\": say which release, as in 1.2.3" ;;
	esac
	system=$(uname -s | tr '[:upper:]' '[:lower:]')
	case $(uname -m) in
	x86_64 | amd64) machine=amd64 ;;
	aarch64 | arm64) machine=arm64 ;;
	*) fail "there is no release for $(uname -m)" ;;
	esac
	archive=zoneloom_${version}_${system}_$machine.tar.gz
	from=${ZONELOOM_CI_RELEASES:-https://github.com/zoneloom/zoneloom/releases/download}/v$version
	bin=${ZONELOOM_CI_BIN:-${HOME:?}/.local/bin}
	sum=${ZONELOOM_SHA256:-}
	fetch "$archive"
	if [ -z "$sum" ]; then
		fetch checksums.txt
		sum=$(awk -v file="$archive" '$2 == file {print $1}' "$work/checksums.txt")
		[ -n "$sum" ] || fail "$from/checksums.txt doesn't have $archive"
	fi
	got=$(sha256 "$work/$archive")
	[ "$got" = "$sum" ] || fail "$from/$archive has the SHA-256 $got, not $sum"
	tar -xzf "$work/$archive" -C "$work" zoneloom
	mkdir -p "$bin"
	mv "$work/zoneloom" "$bin/zoneloom"
	chmod 755 "$bin/zoneloom"
	if [ -n "${GITHUB_PATH:-}" ]; then printf '%s\n' "$bin" >>"$GITHUB_PATH"; fi
	say "$bin/zoneloom is $("$bin/zoneloom" version)"
}

fetch() {
	curl --silent --show-error --fail --location --retry 3 --max-time 300 --output "$work/$1" "$from/$1" || fail "$from/$1 can't be fetched"
}

sha256() {
	if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

mode=${1:-}
case $mode in
check | plan | apply | drift | install)
	shift
	settings
	"$mode" "$@"
	;;
*) fail "say check, plan, apply, drift or install" ;;
esac
