"""What is installed is locked by hash, says nothing of where it comes from, and is what the product declares."""

from __future__ import annotations

import re
import tomllib

import pytest

from house.repository import ROOT

REQUIREMENTS = ROOT / "requirements"
LOCKED = sorted(REQUIREMENTS.glob("*.txt"))


def names(text: str) -> list[str]:
    """Package names of a requirements file, comments and options left out."""
    return [re.split(r"[ <>=;\[]", line)[0] for line in text.splitlines() if re.match(r"[A-Za-z]", line)]


def test_every_wish_has_its_lock():
    assert (
        {path.stem for path in LOCKED}
        == {path.stem for path in REQUIREMENTS.glob("*.in")}
        == {"agent", "app", "bench", "build", "dev", "register"}
    )


@pytest.mark.parametrize("path", LOCKED, ids=lambda path: path.name)
def test_every_package_has_one_version_and_its_hashes(path):
    logical = path.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    packages = [line for line in logical if re.match(r"[A-Za-z]", line)]
    assert packages
    for line in packages:
        assert re.match(r"[A-Za-z0-9._-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line), line.split()[0]


@pytest.mark.parametrize("path", LOCKED, ids=lambda path: path.name)
def test_no_lock_names_a_host_or_a_path(path):
    assert not re.search(r"://|^-|^\s+# via.*/", path.read_text(encoding="utf-8"), re.MULTILINE)


def test_the_locks_agree_on_versions():
    pinned: dict[tuple[str, str], set[str]] = {}
    for path in LOCKED:
        text = path.read_text(encoding="utf-8")
        for name, version, marker in re.findall(r"^([A-Za-z0-9._-]+)==(\S+)((?: ; [^\\\n]+)?)", text, re.MULTILINE):
            pinned.setdefault((name, marker.strip()), set()).add(version)
    assert pinned
    assert not {name: versions for name, versions in pinned.items() if len(versions) > 1}


def test_the_product_declares_what_it_locks():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert sorted(project["dependencies"]) == sorted(names((REQUIREMENTS / "app.in").read_text(encoding="utf-8")))


@pytest.mark.parametrize("extra", ["agent", "register"])
def test_the_extras_declare_what_they_lock(extra):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wished = (REQUIREMENTS / f"{extra}.in").read_text(encoding="utf-8").splitlines()
    wanted = [line for line in wished if line and not line.startswith("#")]
    assert wanted
    assert sorted(project["optional-dependencies"][extra]) == sorted(wanted)


@pytest.mark.parametrize("wishes", ["agent", "app", "register"])
def test_every_dependency_has_its_reasons(wishes):
    pages = (
        "0003-dependencies.md",
        "0011-what-the-ledger-depends-on.md",
        "0014-what-the-register-depends-on.md",
    )
    decision = "".join((ROOT / "docs" / "adr" / page).read_text(encoding="utf-8") for page in pages)
    wanted = names((REQUIREMENTS / f"{wishes}.in").read_text(encoding="utf-8"))
    assert wanted
    assert not [name for name in wanted if f"`{name}`" not in decision]
