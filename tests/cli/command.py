"""The command line as users type it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

HERE = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "LC_ALL": "C.UTF-8"}


class Said(NamedTuple):
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def shape(self) -> Any:
        """The one object that `--json` printed."""
        (line,) = self.out.splitlines()
        return json.loads(line)


def lossproof(*words: str | Path, seconds: float = 120, **options: Any) -> Said:
    """Run it to its end. Nothing is ever said by a traceback."""
    run = subprocess.run(
        [sys.executable, "-m", "lossproof", *map(str, words)],
        stdin=subprocess.DEVNULL,
        capture_output="stdout" not in options,
        env=HERE,
        timeout=seconds,
        check=False,
        **options,
    )
    out, err = (
        (run.stdout or b"").decode("utf-8", "surrogateescape"),
        (run.stderr or b"").decode("utf-8", "surrogateescape"),
    )
    assert "Traceback" not in err, err
    return Said(run.returncode, out, err)
