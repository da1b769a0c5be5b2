import sys
from pathlib import Path

from sandbox.images.python import libraries, parse_ldd

OUTPUT = """\
\tlinux-vdso.so.1 (0x00007f)
\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f)
\tlibgone.so => not found
\t/lib64/ld-linux-x86-64.so.2 (0x00007f)
"""


def test_libraries_and_loader_are_found_and_the_kernels_own_is_not():
    paths = ["/lib/x86_64-linux-gnu/libm.so.6", "/lib64/ld-linux-x86-64.so.2"]
    assert parse_ldd(OUTPUT) == paths


def test_this_interpreter_needs_the_c_library():
    assert any("libc.so" in path for path in libraries([Path(sys.executable).resolve()]))
