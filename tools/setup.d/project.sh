# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Step project: the CMake build of everything in user space, into S4_BUILD (bin, lib, firmware).

project_check() {
  [[ -e $S4_BUILD/build.ninja ]] || return 1
  # Ninja itself knows best whether anything is out of date. A dry run does not tell, since some
  # folders list their files by a pattern, which only a real run looks at; so let it run, for as
  # long as it takes to find out that there is nothing to do.
  if [[ $mode == check ]]; then
    [[ -e $S4_BUILD/firmware/s4_fw.bin && -e $S4_BUILD/lib/libs4card.so ]]
  else
    mkdir -p "$S4_CACHE/locks"
    (
      flock -n 9 || exit 1 # somebody is building: wait for the lock as any step does
      timeout 3 ninja -C "$S4_BUILD" 2>&1 9>&- | tail -n 1 | grep -q "no work to do"
    ) 9>"$S4_CACHE/locks/project"
  fi
}

project_configure() {
  local launcher=()
  if command -v ccache >/dev/null; then
    launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  fi
  cmake -S "$S4_TOP" -B "$S4_BUILD" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo "${launcher[@]}"
}

project_build() { # project_build [TARGET...]
  [[ -e $S4_BUILD/build.ninja ]] || project_configure
  ninja -C "$S4_BUILD" -j"$S4_JOBS" "$@"
}

project_run() {
  logged project "building the project" \
    "read the log; after a change of the compiler or a broken build folder, remove $S4_BUILD" \
    project_build
}

project_facts() { :; }
