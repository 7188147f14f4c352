# SPDX-License-Identifier: MIT
"""Paths, and the one kind of error that is shown without a traceback."""
import os
import subprocess

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))


class Failure(Exception):
    """Something went wrong that the user can mend."""

    def __init__(self, message, remedy):
        super().__init__(message)
        self.remedy = remedy


def guest_dir():
    return os.path.join(os.path.dirname(os.path.realpath(__file__)), "guest")


def cache_dir():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.environ.get("S4_CACHE") or os.path.join(base, "s4")


def find(thing, required=True):
    """Where tools/setup put a thing; None if it did not yet and that is allowed."""
    result = subprocess.run(
        [os.path.join(TOP, "tools", "setup"), "--print", thing],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False,
    )
    if result.returncode == 0:
        return result.stdout.strip()
    if required:
        debug = " --debug-kernel" if thing.startswith("debug") else ""
        raise Failure(f"no '{thing}' on this machine yet", f"run tools/setup{debug}")
    return None
