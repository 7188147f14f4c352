# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Step packages: what packages.txt lists and this machine lacks. Needs root only when something is
# missing; without root it prints the one command that does it.

packages_missing() {
  local listed
  listed=$(sed 's/#.*//' "$S4_TOP/tools/setup.d/packages.txt" | xargs -n1 | sort -u)
  # shellcheck disable=SC2016,SC2086
  comm -23 <(echo "$listed") \
    <(dpkg-query -W -f '${binary:Package} ${db:Status-Status}\n' $listed 2>/dev/null |
      awk '$2 == "installed" {sub(/:.*/, "", $1); print $1}' | sort -u)
}

packages_check() {
  local missing
  missing=$(packages_missing | xargs)
  [[ -z $missing ]] && return 0
  [[ $mode == check ]] && say "packages not installed: $missing"
  return 1
}

packages_run() {
  local missing
  missing=$(packages_missing | xargs)
  [[ -z $missing ]] && return 0
  if ((EUID != 0)); then
    say "these packages are missing; run this once, then tools/setup again:"
    printf '\n  sudo apt-get install --no-install-recommends -y %s\n\n' "$missing" >&2
    exit 1
  fi
  # shellcheck disable=SC2086
  logged packages "installing packages: $missing" \
    "check the network and the machine's package sources, then run tools/setup again" \
    packages_install $missing
}

packages_install() {
  export DEBIAN_FRONTEND=noninteractive
  # The lists may be absent (a fresh container) or stale; both show as a failed first try.
  retry apt-get -q update
  retry apt-get -q install --no-install-recommends -y "$@"
}

packages_facts() { :; }
