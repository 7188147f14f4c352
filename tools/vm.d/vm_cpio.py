# SPDX-License-Identifier: MIT
"""Archives in the "newc" cpio format, the one a kernel unpacks as its first file system.

Written here rather than by cpio(1), so that files can be placed where the guest wants them
without staging a copy of the tree, and so that no root is needed for owners and device nodes.
"""
import os
import stat


class Archive:
    """One archive; several of them may simply be concatenated."""

    def __init__(self, stream):
        self._stream = stream
        self._inode = 0
        self._dirs = set()

    def _entry(self, name, mode, data=b"", rdev=(0, 0)):
        self._inode += 1
        encoded = name.lstrip("/").encode() + b"\0"
        fields = [self._inode, mode, 0, 0, 1, 0, len(data), 0, 0, *rdev, len(encoded), 0]
        head = b"070701" + b"".join(b"%08X" % f for f in fields) + encoded
        self._stream.write(head + b"\0" * (-len(head) % 4))
        self._stream.write(data)
        self._stream.write(b"\0" * (-len(data) % 4))

    def directory(self, path):
        path = path.strip("/")
        if not path or path in self._dirs:
            return
        self.directory(os.path.dirname(path))
        self._dirs.add(path)
        self._entry(path, stat.S_IFDIR | 0o755)

    def file(self, path, data, mode=0o644):
        self.directory(os.path.dirname(path))
        self._entry(path, stat.S_IFREG | mode, data)

    def copy(self, path, source):
        with open(source, "rb") as f:
            executable = os.fstat(f.fileno()).st_mode & 0o111
            self.file(path, f.read(), 0o755 if executable else 0o644)

    def symlink(self, path, target):
        self.directory(os.path.dirname(path))
        self._entry(path, stat.S_IFLNK | 0o777, target.encode())

    def device(self, path, major, minor):
        self.directory(os.path.dirname(path))
        self._entry(path, stat.S_IFCHR | 0o600, rdev=(major, minor))

    def close(self):
        self._inode = -1
        self._entry("TRAILER!!!", 0)
        # Padding between concatenated archives must keep them aligned.
        self._stream.write(b"\0" * (-self._stream.tell() % 512))
