"""A room imports only from lower floors, and some rooms from the standard library alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from house.repository import ROOT


def test_import_linter_keeps_every_contract():
    linter = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert " 0 broken" in run.stdout
