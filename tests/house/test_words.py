"""Words that must not stand in the repository: registry hosts, paths of a machine, work left, errors swallowed."""

from __future__ import annotations

import re

import pytest

from house.repository import ROOT, kept_texts

# Written in two parts each, so that this file does not trip over itself.
HOSTS = [
    "py" + "pi.org",
    "python" + "hosted.org",
    "npm" + "js.",
    "crates" + ".io",
    "proxy.golang" + ".org",
    "debian" + ".org/debian",
]
EVERYWHERE = {
    "a registry's host": "|".join(re.escape(host) for host in HOSTS),
    "a path of somebody's machine": r"(?<![\w.:~\-])/(?:work|root|home|Users|opt|tmp)" + r"/[A-Za-z]",
    "a private key": "BEGIN [A-Z ]*PRIVATE" + " KEY",
}
IN_CODE = {
    "work left for later": r"#.*\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX|HA" + r"CK)\b",
    "a type check switched off without saying which": r"# type: " + r"ignore(?!\[)",
    "a lint rule switched off without saying which": r"# no" + r"qa(?!: [A-Z])",
    "a swallowed error": r"except(?: \w*Exception)?\s*:\s*(?:#.*)?\n\s*pass" + r"\b",
}
TEXTS = kept_texts()


def places(pattern: str, only: str) -> list[str]:
    """`path:line` of every match in the files whose names end in `only`."""
    found = []
    for path, text in TEXTS:
        if path.endswith(only):
            found += [f"{path}:{text.count(chr(10), 0, match.start()) + 1}" for match in re.finditer(pattern, text)]
    return found


def test_the_repository_is_looked_at():
    assert len(TEXTS) > 40
    assert (ROOT / "LICENSE").is_file()


@pytest.mark.parametrize("what", EVERYWHERE)
def test_no_file_holds(what):
    assert not places(EVERYWHERE[what], "")


@pytest.mark.parametrize("what", IN_CODE)
def test_no_code_holds(what):
    assert not places(IN_CODE[what], ".py")
