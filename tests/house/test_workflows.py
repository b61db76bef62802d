"""The forge's workflows: actions pinned by commit, no more rights than needed, no secret, an end in sight."""

from __future__ import annotations

import re

import pytest

from house.repository import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def test_there_is_a_workflow():
    assert WORKFLOWS


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_is_modest(path):
    text = path.read_text(encoding="utf-8")
    uses = re.findall(r"uses: (\S+)(.*)", text)
    assert uses
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action) and "# v" in version for action, version in uses)
    assert re.search(r"^permissions: \{\}$", text, re.MULTILINE)
    assert not re.search(r": write\b|secrets\.|pull_request_target", text)
    assert text.count("timeout-minutes:") == len(re.findall(r"^    runs-on:", text, re.MULTILINE))


def test_the_gate_is_one_script():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert script.startswith("#!/usr/bin/env bash")
    assert "set -euo pipefail" in script
    assert "make check" in script
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
