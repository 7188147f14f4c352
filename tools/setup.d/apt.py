#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Derive a private package configuration from the machine's own.

Prints deb822 sources: the source packages of the release and of its security suite, and the
binary packages of its backports suite, from the same servers and checked with the same keys as
the machine's own sources. Nothing on the machine is changed and no server is written down here.

usage: apt.py CODENAME [ETC_APT]
"""
import glob
import os
import re
import sys

ONE_LINE = re.compile(r"^deb\s+(?:\[(?P<options>[^]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<components>.+)$")
OPTION_NAMES = {"signed-by": "Signed-By", "trusted": "Trusted"}


def stanzas_of_deb822(text):
    for block in re.split(r"\n[ \t]*\n", text):
        fields, last = {}, None
        for line in block.splitlines():
            if line.startswith("#"):
                continue
            if line[:1] in " \t" and last:
                fields[last] += "\n" + line  # a folded value, such as a key given inline
            elif ":" in line:
                last, value = line.split(":", 1)
                fields[last] = value.strip()
        if fields and fields.get("Enabled", "yes").lower() not in ("no", "false", "0"):
            yield fields


def stanzas_of_list(text):
    for line in text.splitlines():
        found = ONE_LINE.match(line.split("#", 1)[0].strip())
        if not found:
            continue
        fields = {
            "Types": "deb",
            "URIs": found["uri"],
            "Suites": found["suite"],
            "Components": found["components"].strip(),
        }
        for option in (found["options"] or "").split():
            name, _, value = option.partition("=")
            if name in OPTION_NAMES:
                fields[OPTION_NAMES[name]] = value.replace(",", " ")
        yield fields


def machine_stanzas(etc):
    for path in sorted(glob.glob(os.path.join(etc, "sources.list.d", "*.sources"))):
        with open(path, encoding="utf-8") as f:
            yield from stanzas_of_deb822(f.read())
    lists = [os.path.join(etc, "sources.list")]
    lists += sorted(glob.glob(os.path.join(etc, "sources.list.d", "*.list")))
    for path in lists:
        if os.path.exists(path):
            with open(path, encoding="utf-8") as f:
                yield from stanzas_of_list(f.read())


def main():
    codename = sys.argv[1]
    etc = sys.argv[2] if len(sys.argv) > 2 else "/etc/apt"
    out = []
    for fields in machine_stanzas(etc):
        if "deb" not in fields.get("Types", "").split():
            continue
        if "main" not in fields.get("Components", "").split():
            continue
        suites = fields.get("Suites", "").split()

        def emit(types, wanted, fields=fields):
            new = dict(fields, Types=types, Suites=" ".join(wanted), Components="main")
            text = "\n".join(f"{k}: {v}" for k, v in new.items())
            if text not in out:
                out.append(text)

        with_source = [s for s in suites if s in (codename, codename + "-security")]
        if with_source:
            emit("deb-src", with_source)
        # Backports lie on the same servers as the release, whether or not the machine uses them.
        if codename in suites:
            emit("deb", [codename + "-backports"])
    if not out:
        sys.exit(f"no source of packages for '{codename}' found in {etc}")
    print("\n\n".join(out))


if __name__ == "__main__":
    main()
