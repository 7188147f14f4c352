# SPDX-License-Identifier: MIT
# For test cases in the guest (busybox sh): . "$GUEST_TESTS/lib.sh"
# GUEST_BOOT says which machine this is: stock, debug, iommu.

skip() {
	echo "$*"
	exit 77
}
fail() {
	echo "$*"
	exit 1
}

# run_gtest PROGRAM [ARGUMENT...]: a GoogleTest program's tests as lines of the runner. One that
# dies on the way is a failed test itself.
run_gtest() {
	gtest_out=/tmp/gtest.$$
	"$@" --gtest_color=no >$gtest_out 2>&1
	gtest_status=$?
	cat $gtest_out | sed 's/^/  /'
	# A skipped test's reason stands in the lines before its verdict.
	awk '
		/^\[ RUN      \]/ { reason = "" }
		/: Skipped$/ { take = 1; next }
		take { reason = $0; take = 0 }
		/^\[       OK \]/ { print "ok " $4 }
		/^\[  SKIPPED \] .*\(/ { print "ok " $4 " # SKIP " (reason ? reason : "no reason given") }
		/^\[  FAILED  \] .*\([0-9]+ ms\)$/ { sub(/,$/, "", $4); print "not ok " $4 }
	' $gtest_out
	if [ $gtest_status != 0 ] && ! grep -q '^\[  FAILED  \]' $gtest_out; then
		echo "not ok ${1##*/}: ended with status $gtest_status"
	fi
	grep -q '^\[==========\].* ran' $gtest_out || echo "not ok ${1##*/}: did not run to its end"
	rm -f $gtest_out
}
