"""The systemd units and the container file name commands and files that there are."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from house.repository import ROOT
from lossproof.agent.reporter import SYSTEM_STATE
from lossproof.cli import build

UNITS = sorted((ROOT / "packaging" / "systemd").glob("*.service"))


def unit(path: Path) -> configparser.SectionProxy:
    parser = configparser.RawConfigParser(strict=False, delimiters=("=",))
    parser.optionxform = str
    parser.read_string(path.read_text(encoding="utf-8").replace("\\\n", " "))
    return parser["Service"]


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_what_a_unit_starts_is_a_command_that_there_is(path):
    program, *words = shlex.split(unit(path)["ExecStart"])
    assert Path(program).name == "lossproof"
    assert build(words)[0].parse_args(words)


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_gives_away_nothing_that_it_does_not_need(path):
    service = unit(path)
    assert service["NoNewPrivileges"] == "yes" and service["CapabilityBoundingSet"] == ""
    assert service["StateDirectoryMode"] == "0700" and service["ProtectSystem"] == "strict"
    assert service["User"] not in {"", "root"}
    if shutil.which("systemd-analyze"):
        run = subprocess.run(["systemd-analyze", "verify", path], capture_output=True, text=True, check=False)
        noise = re.compile(r"is not executable|Command 'man|^$")
        assert not [line for line in run.stderr.splitlines() if not noise.search(line)]


def test_the_agents_state_is_where_systemd_makes_it():
    assert UNITS
    agent = unit(ROOT / "packaging" / "systemd" / "lossproof-agent.service")
    assert str(SYSTEM_STATE) == f"/var/lib/{agent['StateDirectory']}"
    assert str(SYSTEM_STATE) in agent["ExecStart"]


def test_the_container_file_copies_what_there_is_and_starts_the_register():
    text = (ROOT / "packaging" / "container" / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    for name in re.findall(r"requirements/\S+", text):
        assert (ROOT / name).exists()
    words = re.findall(r'"([^"]*)"', re.search(r"^CMD \[(.*)\]$", text, re.MULTILINE)[1])
    assert build(words)[0].parse_args(words).command == "serve"
    assert "Nobody has built this file" in text
