"""Runs a Python console script as its user does, then says which modules it has loaded.

    python tools/loaded_modules.py REPORT SCRIPT WORD...

Writes one module's name a line to the file REPORT, those that the interpreter itself starts with included. Imports nothing
that a bare interpreter has not loaded, or the count would be wrong; so it is not `runpy`.
"""

import os
import sys

report, script, *words = sys.argv[1:]
sys.argv = [script, *words]
leave = os._exit  # what a program may call to end at once


def say(status: int) -> None:
    """Write the report and end at once."""
    with open(report, "w") as out:  # noqa: PTH123  # pathlib would be counted
        out.write("\n".join(sorted(sys.modules)))
    leave(status)


os._exit = say
with open(script, "rb") as file:  # noqa: PTH123
    program = compile(file.read(), script, "exec")
try:
    exec(program, {"__name__": "__main__", "__file__": script})
except SystemExit as end:
    sys.stdout.flush()
    say(end.code if isinstance(end.code, int) else int(bool(end.code)))
