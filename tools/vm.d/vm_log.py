# SPDX-License-Identifier: MIT
"""Reads the guest's kernel log for signs of trouble."""
import re
import sys

TROUBLE = re.compile(
    r"WARNING: |BUG: |KASAN: |UBSAN: |KFENCE: |unreferenced object|Call Trace:|refcount_t: |"
    r"general protection fault|Oops: |Kernel panic|ODEBUG: |list_(add|del) corruption|"
    r"INFO: (task .* blocked|rcu_|trying to register|lockdep)|workqueue lockup|"
    r"DMA-API: (?!preallocated|debugging (enabled|disabled)|dma_debug)|"
    r"invoked oom-killer|scheduling while atomic|Unbalanced |Trying to (vfree|free)|"
    r"DMAR: .*fault|bad page state|nobody cared"
)
# Remarks on the host's processor, which have nothing to do with the driver.
HARMLESS = re.compile(r"(RETBleed|Spectre|MDS|TAA|MMIO Stale|L1TF|VMSCAPE|ITS|GDS|SRSO): WARNING")
CONTEXT = 30


def problems(text):
    """The lines of every report, each with what follows it; empty for a clean log."""
    lines = text.splitlines()
    out, until = [], 0
    for number, line in enumerate(lines):
        if TROUBLE.search(line) and not HARMLESS.search(line):
            start = max(number - 2, until)
            if number >= until:
                out += lines[start:number]
                out.append(line)
                until = number + 1
            stop = min(number + CONTEXT, len(lines))
            out += lines[until:stop]
            until = max(until, stop)
    return out


def main():
    """vm_log.py FILE: prints the reports of a kept kernel log, status 1 if there are any."""
    with open(sys.argv[1], encoding="utf-8", errors="replace") as f:
        found = problems(f.read())
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
