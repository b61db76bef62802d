"""Runs a Python console script as its user does, then says which modules it has loaded.

    python tools/loaded_modules.py REPORT SCRIPT WORD...

Writes one module's name a line to the file REPORT, those that the interpreter itself starts with included. Imports nothing
that a bare interpreter has not loaded, or the count would be wrong; so it is not `runpy`.
"""

import sys

report, script, *words = sys.argv[1:]
sys.argv = [script, *words]
with open(script, "rb") as file:  # noqa: PTH123  # pathlib would be counted
    program = compile(file.read(), script, "exec")
try:
    exec(program, {"__name__": "__main__", "__file__": script})
finally:
    names = sorted(sys.modules)
    with open(report, "w") as out:  # noqa: PTH123
        out.write("\n".join(names))
