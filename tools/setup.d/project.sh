# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Step project: the CMake build of everything in user space, into S4_BUILD (bin, lib, firmware).

project_check() {
  [[ -e $S4_BUILD/build.ninja ]] || return 1
  # Ninja itself knows best whether anything is out of date; asking takes a fraction of a second.
  [[ $(ninja -C "$S4_BUILD" -n 2>&1 | tail -n 1) == *"no work to do"* ]]
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
