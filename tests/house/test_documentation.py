"""The documentation is in step with the code, its links lead somewhere, and it has the pages that a stranger looks for."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from house.repository import ROOT, kept_files

PAGES = [path for path in kept_files() if path.suffix == ".md"]
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


@pytest.mark.slow
def test_the_reference_and_the_shown_outputs_are_what_the_code_gives():
    run = subprocess.run(
        [sys.executable, ROOT / "tools" / "docs.py", "--check"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize(
    "name",
    ["README", "CHANGELOG", "SECURITY", "THREAT_MODEL", "CONTRIBUTING", "docs/README", "docs/reference/benchmarks"],
)
def test_a_page_that_people_look_for_is_there(name):
    assert len((ROOT / f"{name}.md").read_text(encoding="utf-8")) > 400


def names_in(value: object) -> Iterator[str]:
    """Every name in a JSON answer, but for the maps whose names are values themselves."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            if name not in {"identifiers", "people_by_category", "categories", "unattributed", "rests_on", "samples"}:
                yield from names_in(inner)
            elif name == "identifiers":
                yield from (deep for one in inner.values() if isinstance(one, dict) for deep in one)
    elif isinstance(value, list):
        for inner in value:
            yield from names_in(inner)


def test_every_name_in_the_json_is_in_the_reference(tmp_path):
    program = Path(sys.executable).with_name("lossproof")
    sample = [program, "sample", tmp_path / "stick", "--people", "20", "--seed", "1", "--image", tmp_path / "stick.img"]
    subprocess.run(sample, check=True, capture_output=True)
    run = subprocess.run(
        [program, "check", tmp_path / "stick.img", "--json", "--show"], capture_output=True, text=True, check=False
    )
    answer = json.loads(run.stdout)
    assert set(answer) == {"target", "exposed", "standing", "inspection", "holding", "reasons", "valid_until"}
    reference = (ROOT / "docs" / "reference" / "json.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `(\w+)` \|", reference, re.MULTILINE)) | set(re.findall(r'"(\w+)"', reference))
    assert set(names_in(answer)) <= documented


def anchors(text: str) -> set[str]:
    """The names that headings of a page can be linked by."""
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


def test_every_link_inside_the_repository_leads_somewhere():
    assert PAGES
    broken = []
    for page in PAGES:
        for target in LINK.findall(page.read_text(encoding="utf-8")):
            if "://" in target or target.startswith("mailto:"):
                continue
            name, _, anchor = target.partition("#")
            other = (page.parent / name).resolve() if name else page
            found = other.exists() and (not anchor or anchor in anchors(other.read_text(encoding="utf-8")))
            if not found:
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert not broken


def test_decisions_are_numbered_and_say_the_same_four_things():
    decisions = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert decisions
    for number, path in enumerate(decisions, 1):
        text = path.read_text(encoding="utf-8")
        assert path.name.startswith(f"{number:04d}-")
        assert text.startswith(f"# {number}. ")
        assert [part for part in ("Status:", "## Context", "## Decision", "## Consequences") if part not in text] == []


def test_every_target_of_make_that_the_documentation_names_exists():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {name for page in PAGES for name in re.findall(r"`make ([a-z-]+)", page.read_text(encoding="utf-8"))}
    assert named
    assert named <= targets
