"""Golden numbers of `lossproof inspect`: how much it loads and how much of a medium it reads."""

from __future__ import annotations

import json
import lzma
import subprocess
import sys
from pathlib import Path

import pytest

from house.repository import ROOT

MOST_MODULES = 140
MOST_BYTES_READ = 2 << 20
NEVER = {"numpy", "polars", "rich", "django", "msgspec", "ssl", "asyncio"}
SCRIPT = Path(sys.executable).with_name("lossproof")
VECTORS = sorted((ROOT / "tests" / "vectors").glob("*/*.img.xz"))


@pytest.fixture(scope="module")
def images(tmp_path_factory) -> list[Path]:
    """One image of every scheme that has vectors, and two large sparse ones: all zeros, and a FAT-like start."""
    folder = tmp_path_factory.mktemp("images")
    firsts = {path.parent.name: path for path in reversed(VECTORS)}
    made = []
    for name, packed in sorted(firsts.items()):
        made.append(folder / f"{name}.img")
        made[-1].write_bytes(lzma.decompress(packed.read_bytes()))
    for name, start in (("zeros", b""), ("half", b"\xeb\x58\x90MSDOS5.0")):
        made.append(folder / f"{name}.img")
        with made[-1].open("wb") as file:
            file.write(start)
            file.truncate(8 << 30)
    return made


def inspect(folder: Path, *targets: Path) -> tuple[set[str], list[dict]]:
    """The modules that `lossproof inspect --json TARGETS` loads, and what it prints."""
    report = folder / "modules"
    command = [sys.executable, ROOT / "tools" / "loaded_modules.py", report, SCRIPT, "inspect", "--json", *targets]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode in {0, 1}, run.stderr
    return set(report.read_text().split()), [json.loads(line) for line in run.stdout.splitlines()]


def test_inspect_loads_few_modules_and_none_of_the_heavy_ones(images, tmp_path):
    modules, answers = inspect(tmp_path, *images)
    assert len(answers) == len(images)
    assert len(modules) <= MOST_MODULES
    assert not {name.partition(".")[0] for name in modules} & NEVER


def test_a_verdict_reads_little_however_large_the_medium(images, tmp_path):
    _, answers = inspect(tmp_path, *images)
    read = {Path(answer["target"]).name: answer["coverage"]["bytes_read"] for answer in answers}
    assert read
    assert all(0 < count <= MOST_BYTES_READ for count in read.values()), read


def test_there_are_images_of_many_schemes(images):
    assert len(images) > 12
