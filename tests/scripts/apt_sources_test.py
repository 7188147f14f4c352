#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""tools/setup.d/apt.py: the private sources that it derives from a machine's own."""
import os
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
TOOL = os.path.join(TOP, "tools", "setup.d", "apt.py")
DEB822 = """Types: deb
# a remark
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /keys/archive.gpg

Types: deb
URIs: http://mirror.example/security
Suites: bookworm-security
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc

Types: deb
URIs: http://other.example/
Suites: bookworm
Components: main
Enabled: no
"""
ONE_LINE = """# comment
deb [signed-by=/keys/archive.gpg] http://mirror.example/debian bookworm main non-free
deb-src http://mirror.example/debian bookworm main
deb http://mirror.example/security bookworm-security main
deb http://vendor.example/apt stable main
"""


def derive(files):
    with tempfile.TemporaryDirectory() as etc:
        os.mkdir(os.path.join(etc, "sources.list.d"))
        for name, text in files.items():
            with open(os.path.join(etc, name), "w", encoding="utf-8") as f:
                f.write(text)
        done = subprocess.run([sys.executable, TOOL, "bookworm", etc], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False)
        return done.returncode, done.stdout.strip().split("\n\n"), done.stderr


class AptSources(unittest.TestCase):
    def test_deb822(self):
        status, stanzas, _ = derive({"sources.list.d/a.sources": DEB822})
        self.assertEqual(status, 0)
        self.assertEqual(len(stanzas), 3)
        self.assertIn("Types: deb-src\nURIs: http://mirror.example/debian\nSuites: bookworm\nComponents: main",
                      stanzas[0])
        self.assertIn("Suites: bookworm-backports", stanzas[1])
        self.assertIn("Types: deb\n", stanzas[1])
        self.assertIn("Suites: bookworm-security", stanzas[2])

    def test_keys_are_kept_also_inline_ones(self):
        _, stanzas, _ = derive({"sources.list.d/a.sources": DEB822})
        self.assertIn("Signed-By: /keys/archive.gpg", stanzas[0])
        self.assertIn("Signed-By: \n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc", stanzas[2])

    def test_a_disabled_source_is_left_out(self):
        _, stanzas, _ = derive({"sources.list.d/a.sources": DEB822})
        self.assertNotIn("other.example", "".join(stanzas))

    def test_one_line(self):
        status, stanzas, _ = derive({"sources.list": ONE_LINE})
        self.assertEqual(status, 0)
        self.assertEqual(len(stanzas), 3)
        self.assertIn("Signed-By: /keys/archive.gpg", stanzas[0])
        self.assertNotIn("vendor.example", "".join(stanzas))

    def test_no_source_is_an_error_that_names_the_release(self):
        status, _, errors = derive({"sources.list": "# nothing\n"})
        self.assertNotEqual(status, 0)
        self.assertIn("bookworm", errors)


if __name__ == "__main__":
    unittest.main()
