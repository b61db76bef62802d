"""Writes what the documentation takes from the code: the reference pages, the output shown below a command, and verify.html.

    python tools/docs.py            write
    python tools/docs.py --check    write nothing; show what differs, and exit 1 if anything does

Reference pages come from `reference_pages`. In any other page, the fenced block after `<!-- output of: COMMAND -->` is what
that command really prints: commands of a page run in order, in one empty folder, with `lossproof` on the path, 80 columns.
A page is thereby a test of the commands that it shows. verify/verify.html comes from its parts by `verify_page`.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import reference_pages
import verify_page

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "docs" / "reference"
SHOWN = re.compile(r"(<!-- output of: (?P<command>[^\n]+) -->\n```console\n)(?P<output>.*?)(```\n)", re.DOTALL)
ANSWERS = {0, 1}  # the exit statuses that are answers, not failures


def shown_pages() -> list[Path]:
    """Pages written by hand: README and everything under docs that is not generated."""
    by_hand = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [page for page in by_hand if page.name not in reference_pages.PAGES or page.parent != REFERENCE]


def output_of(command: str, folder: Path) -> str:
    """What `command` prints in `folder`, as a console shows it."""
    words = shlex.split(command)
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "COLUMNS": "80",
        "NO_COLOR": "1",
    }
    run = subprocess.run(
        words, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if run.returncode not in ANSWERS or "Traceback (most recent call last)" in run.stdout:
        raise SystemExit(f"{command}: ended with status {run.returncode}\n{run.stdout}")
    lines = [line.rstrip() for line in run.stdout.rstrip("\n").split("\n")]
    return "\n".join([f"$ {command}", *lines]) + "\n"


def with_outputs(text: str) -> str:
    """A page with every shown output made anew."""
    with tempfile.TemporaryDirectory(prefix="lossproof-docs-") as folder:
        return SHOWN.sub(
            lambda block: block.group(1) + output_of(block["command"], Path(folder)) + block.group(4),
            text,
        )


def wanted_pages() -> Iterator[tuple[Path, str]]:
    """Every page that depends on the code, or on its parts, as it should read."""
    for name, write in reference_pages.PAGES.items():
        yield REFERENCE / name, write()
    yield verify_page.PAGE, verify_page.page()
    for page in shown_pages():
        text = page.read_text(encoding="utf-8")
        if SHOWN.search(text):
            yield page, with_outputs(text)


def main() -> int:
    """Write the pages, or with `--check` compare them."""
    parser = argparse.ArgumentParser(description="write what the documentation takes from the code")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a page differs from the code")
    check = parser.parse_args().check
    differing = 0
    for page, wanted in wanted_pages():
        name = page.relative_to(ROOT).as_posix()
        present = page.read_text(encoding="utf-8") if page.exists() else ""
        if present == wanted:
            continue
        differing += 1
        if check:
            difference = difflib.unified_diff(
                present.splitlines(), wanted.splitlines(), name, "the code", lineterm="", n=1
            )
            print("\n".join(list(difference)[:60]))
        else:
            page.parent.mkdir(exist_ok=True)
            page.write_text(wanted, encoding="utf-8")
            print(f"wrote {name}")
    if check and differing:
        print(f"error: {differing} page(s) out of step with the code; hint: make docs", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
