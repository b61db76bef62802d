"""The two scripts as far as they can be tried without Windows and without a Mac: README.md in `recorded` says so."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from house.repository import ROOT
from wire.reports.reading import devices, document, seen

POWERSHELL = ROOT / "scripts" / "windows" / "Get-LossproofEvidence.ps1"
SHELL = ROOT / "scripts" / "macos" / "lossproof-evidence.sh"


def names(value: object) -> Iterator[str]:
    """Every name in a document."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from names(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from names(inner)


def test_the_windows_script_writes_every_name_that_is_read():
    text = POWERSHELL.read_text(encoding="ascii")
    written = set(re.findall(r"^ +(\w+) += ", text, re.MULTILINE))
    assert set(names(document("windows_laptop.json"))) == written


def test_the_windows_script_asks_what_the_reader_needs_and_no_secret():
    text = POWERSHELL.read_text(encoding="ascii")
    for method in (
        "GetConversionStatus",
        "GetProtectionStatus",
        "GetEncryptionMethod",
        "GetKeyProtectors",
        "GetKeyProtectorType",
        "GetLockStatus",
    ):
        assert f"'{method}'" in text
    assert not re.search(
        r"GetKeyProtectorNumericalPassword|GetKeyProtectorExternalKey|Invoke-WebRequest|Set-|Enable-|Disable-",
        text.replace("Set-StrictMode", ""),
    )
    for one, other in ("{}", "()", "[]"):
        assert text.count(one) == text.count(other)


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_the_macos_script_is_a_script(shell):
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here")
    assert subprocess.run([shell, "-n", SHELL], check=False).returncode == 0


def test_where_nothing_answers_the_macos_script_says_so_and_nothing_is_known():
    said = subprocess.run(["sh", SHELL], capture_output=True, text=True, check=True)
    told = json.loads(said.stdout)
    assert set(told) == set(document("macos_laptop.json"))
    if told["apfs"] is None:
        assert [seen(one)[0] for one in devices(told)] == ["unknown"]
