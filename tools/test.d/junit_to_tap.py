#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Prints the tests of a JUnit file (ctest --output-junit) as lines of tools/test."""
import re
import sys
import xml.etree.ElementTree

SKIP_NOTE = re.compile(r"^(?:.*: Skipped\n)(.*)$|^SKIP:? (.*)$", re.MULTILINE)


def reason(case):
    """Why a test was skipped: what GoogleTest printed under its 'Skipped', or ctest's own words."""
    output = case.findtext("system-out") or ""
    found = SKIP_NOTE.search(output)
    if found:
        return (found[1] or found[2] or "").strip() or "no reason given"
    skipped = case.find("skipped")
    return (skipped.get("message") if skipped is not None else None) or "no reason given"


def main():
    prefix = sys.argv[2] if len(sys.argv) > 2 else ""
    for case in xml.etree.ElementTree.parse(sys.argv[1]).getroot().iter("testcase"):
        name = prefix + case.get("name")
        status = case.get("status")
        if status == "run":
            print(f"ok {name}")
        elif status == "disabled":
            print(f"ok {name} # SKIP disabled in the source")
        elif status == "notrun" and case.find("skipped") is not None:
            # ctest says "notrun" both for a test that skipped itself and for a missing program.
            why = reason(case)
            if "Unable to find" in why or "not found" in why.lower():
                print(f"not ok {name}: {why}")
            else:
                print(f"ok {name} # SKIP {why}")
        else:
            print(f"not ok {name}")


if __name__ == "__main__":
    main()
