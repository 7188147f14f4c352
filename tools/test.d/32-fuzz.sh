# suite: fuzz
# quick: no
# about: a minute of libFuzzer on the command decoder and on command lists, under ASan and UBSan
# SPDX-License-Identifier: MIT
source "$S4_TOP/tools/test.d/lib.sh"
build=$S4_BUILD-fuzz launcher=()
command -v ccache >/dev/null &&
  launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
cmake -S "$S4_TOP" -B "$build" -G Ninja -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ \
  -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_C_FLAGS_RELWITHDEBINFO="-O1 -g1" \
  -DCMAKE_CXX_FLAGS_RELWITHDEBINFO="-O1 -g1" -DS4_SANITIZE=fuzzer-no-link,address,undefined \
  "${launcher[@]}" && ninja -C "$build" -j"$S4_JOBS" s4_fuzz || exit 1
export UBSAN_OPTIONS=print_stacktrace=1
# What was found before is where the next run begins; a failing input stays beside it.
for target in command list; do
  mkdir -p "$build/corpus/$target"
  check "fuzz/$target" "$build/bin/s4_${target}_fuzz" -max_total_time="${S4_FUZZ_SECONDS:-30}" \
    -max_len=2048 -timeout=120 -print_final_stats=1 \
    -artifact_prefix="$build/corpus/$target-" "$build/corpus/$target"
done
