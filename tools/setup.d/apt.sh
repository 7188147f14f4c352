# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# A private apt: its own sources, lists and downloads below S4_CACHE/apt. It needs no root and
# leaves the machine's package configuration alone; signatures are checked as apt always does.

private_apt() { # private_apt TOOL ARGUMENT...: apt-get or apt-cache with the private setup
  local tool=$1 dir=$S4_CACHE/apt
  shift
  # An empty status file: what is installed here must not change what we choose to unpack.
  # Sandbox user root: the download directory may be one that user _apt cannot enter.
  "$tool" -q \
    -o Dir::Etc::sourcelist="$dir/s4.sources" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null \
    -o Dir::State="$dir/state" -o Dir::State::Lists="$dir/lists" \
    -o Dir::State::status="$dir/status" -o Dir::Cache="$dir/cache" \
    -o APT::Sandbox::User= -o Acquire::Languages=none -o Acquire::Retries=3 \
    -o Debug::NoLocking=1 \
    "$@"
}

private_apt_update() {
  local dir=$S4_CACHE/apt codename
  # shellcheck disable=SC1091
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial" "$dir/state"
  : >"$dir/status"
  /usr/bin/python3 "$S4_TOP/tools/setup.d/apt.py" "$codename" >"$dir/s4.sources.new"
  mv "$dir/s4.sources.new" "$dir/s4.sources"
  retry private_apt apt-get update
}

# Fresh lists once a run, and only by a step that is about to download.
private_apt_fresh() {
  [[ -n ${S4_APT_FRESH:-} ]] && return 0
  logged "$1" "reading the package lists" \
    "check the network and the machine's package sources, then run tools/setup again" \
    with_apt_lock private_apt_update
  S4_APT_FRESH=1
}

with_apt_lock() {
  mkdir -p "$S4_CACHE/locks"
  (
    flock 8
    "$@"
  ) 8>"$S4_CACHE/locks/apt"
}

# settle NAME COMMAND...: the version of a package, asked once for each cache and then kept, so
# that a set-up machine does not change under its user. `tools/setup --update` asks again.
settled() { [[ -s $S4_CACHE/versions/$1 ]] && cat "$S4_CACHE/versions/$1"; }
settle() {
  local name=$1 version
  shift
  version=$("$@") || return 1
  [[ -n $version ]] || return 1
  mkdir -p "$S4_CACHE/versions"
  printf '%s\n' "$version" >"$S4_CACHE/versions/$name"
}

download_debs() { # download_debs DIRECTORY PACKAGE=VERSION...
  local dir=$1
  shift
  mkdir -p "$dir"
  (cd "$dir" && retry private_apt apt-get download "$@")
}
