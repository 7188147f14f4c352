# SPDX-License-Identifier: MIT
"""Constants of include/s4/abi, as the C preprocessor and compiler see them: no second definition."""
import functools
import pathlib
import re
import subprocess
import tempfile

ABI = pathlib.Path(__file__).resolve().parents[2] / "include"
HEADERS = ("s4_pci.h", "s4_regs.h", "s4_boot.h", "s4_mailbox.h", "s4_ring.h", "s4_limits.h")


@functools.lru_cache(maxsize=None)
def table():
    """Every integer macro without parameters and every enumerator, by name."""
    text = "".join((ABI / "s4" / "abi" / h).read_text() for h in HEADERS)
    names = sorted(set(re.findall(r"^#define (S4_\w+)[ \t]+\S", text, re.M)
                       + re.findall(r"^\t(S4_\w+) =", text, re.M)))
    source = "".join(f'#include "s4/abi/{h}"\n' for h in HEADERS)
    source += "#include <stdio.h>\nint main(void)\n{\n"
    source += "".join(f'\tprintf("{n} %llu\\n", (unsigned long long)({n}));\n' for n in names)
    source += "\treturn 0;\n}\n"
    with tempfile.TemporaryDirectory() as folder:
        program = pathlib.Path(folder, "abi")
        subprocess.run(["gcc", "-x", "c", "-std=gnu11", f"-I{ABI}", "-o", program, "-"],
                       input=source, text=True, check=True)
        lines = subprocess.run([program], capture_output=True, text=True, check=True).stdout
    return {name: int(value) for name, value in (line.split() for line in lines.splitlines())}


def __getattr__(name):
    try:
        return table()[name]
    except KeyError:
        raise AttributeError(name) from None


def space(number):
    """Offset of an address space's registers; S4_REG_SPACE."""
    return 0x1000 + 32 * number
