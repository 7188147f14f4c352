#!/bin/sh
# SPDX-License-Identifier: MIT
# Two cards, each told apart, with the link that the card has.
. "$GUEST_TESTS/lib.sh"
s4-smi || fail "s4-smi: status $?"
s4-smi list --json >/tmp/smi.json || fail "s4-smi list --json: status $?"
[ "$(grep -c "\"state\": \"ok\"" /tmp/smi.json)" = 2 ] || fail "not two cards: $(cat /tmp/smi.json)"
[ "$(grep "\"serial\"" /tmp/smi.json | sort -u | wc -l)" = 2 ] || fail "not two serial numbers"
grep -q "\"width\": 16" /tmp/smi.json || fail "not a x16 link"
