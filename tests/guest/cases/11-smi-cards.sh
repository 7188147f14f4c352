#!/bin/sh
# SPDX-License-Identifier: MIT
# s4-smi with a card that is hidden, and with one that may not be opened.
. "$GUEST_TESTS/lib.sh"

S4_VISIBLE_DEVICES=1 s4-smi list >/tmp/smi.txt || fail "status $?"
grep -q '^0: .*0000:02:00.0' /tmp/smi.txt && [ "$(wc -l </tmp/smi.txt)" = 1 ] ||
	fail "S4_VISIBLE_DEVICES=1 shows $(cat /tmp/smi.txt)"
echo "ok shows-visible-cards-only"

# Any user may open the first card, nobody but root the second one.
mode=$(stat -c %a /dev/accel/accel0)
grep -q ^nobody: /etc/passwd 2>/dev/null || echo nobody:x:65534:65534::/:/bin/sh >>/etc/passwd
chmod 755 / /dev /dev/accel
chmod 666 /dev/accel/accel0
chmod 600 /dev/accel/accel1
su -s /bin/sh nobody -c s4-smi >/tmp/smi.txt
status=$?
chmod "$mode" /dev/accel/accel0 /dev/accel/accel1
cat /tmp/smi.txt
[ $status = 1 ] || fail "status $status with a card that may not be opened"
grep -q S4_ERROR_PERMISSION /tmp/smi.txt && [ "$(grep -c 'Gen3 x16 / Gen3 x16' /tmp/smi.txt)" = 2 ] ||
	fail "the closed card is not listed with its problem and its link"
echo "ok lists-a-card-that-may-not-be-opened"
