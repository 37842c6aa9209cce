#!/bin/sh
# Applies what the newest commit of a branch asks for, on a host of your own: from cron,
# a timer of systemd, or a hook of your git server.
#
#   deploy.sh CLONE [BRANCH [apply|drift]]
#
# BRANCH is main unless said. drift only looks, and exits with 2 where something differs.
# CLONE is a clone that nobody works in: whatever was changed there is thrown away, but
# not what git ignores, such as the journal in .zoneloom.
set -eu

clone=${1:?which clone?}
branch=${2:-main}
mode=${3:-apply}
here=$(cd "$(dirname "$0")" && pwd)

cd "$clone"
git fetch --quiet --prune origin "+refs/heads/$branch:refs/remotes/origin/$branch"
git -c advice.detachedHead=false checkout --quiet --force --detach "refs/remotes/origin/$branch"
git clean --quiet --force -d
exec sh "$here/../zoneloom-ci.sh" "$mode"
