"""`make bench`: measures the product on this machine and writes docs/reference/benchmarks.md.

Needs a Linux with /proc. The reference stick is measured where its generator is beside the checkout (`../shared/corpus/stick`),
and the rival where its environment is (`.venv-bench`); what was not measured is said in the page.

    python bench/run.py [--people N] [--devices N --facts N] [--rows N] [--out FILE] [--work DIR] [--only PART...]
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import imports
import parts
from parts import Bench

import ledger
import register

ROOT = Path(__file__).resolve().parents[1]

PARTS: dict[str, Callable[[Bench], list[str]]] = {
    "start-up": parts.start_up,
    "accuracy": parts.accuracy_tables,
    "speed": parts.speed,
    "memory": parts.memory,
    "ledger": ledger.measured,
    "register": register.measured,
    "imports": imports.measured,
}


def machine() -> str:
    """This machine in one line, without its name."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    cores = len(os.sched_getaffinity(0))
    return f"{model}, {cores} cores, {memory:.0f} GiB, Linux {platform.machine()}, Python {platform.python_version()}"


def command(wanted: list[str]) -> str:
    """What was typed, as far as it says what was measured."""
    return "make bench" if wanted == list(PARTS) else f"bench/run.py --only {' '.join(wanted)}"


def page(bench: Bench, wanted: list[str]) -> str:
    """The whole page."""
    sections: list[str] = []
    for name in wanted:
        print(f"measuring {name}", file=sys.stderr)
        sections += parts.section(name, PARTS[name], bench)
    bench.left_out += [f"{name}: left out of this run" for name in PARTS if name not in wanted]
    lines = [
        "# Benchmarks" if wanted == list(PARTS) else f"# Benchmarks: {', '.join(wanted)}",
        "",
        "<!-- Written by `make bench`. Measure again rather than edit. -->",
        "",
        f"Measured on {datetime.datetime.now(datetime.UTC).date().isoformat()} by `{command(wanted)}`, on {machine()}.",
        f"Load at the start: {os.getloadavg()[0]:.1f}. Trust ratios taken in one run; seconds move with the machine by a factor of two.",
        "All people are made up.",
        "",
        *sections,
        "## Not measured",
        "",
        *(f"- {what}" for what in bench.left_out),
        "- real data: every stick here is made up, and its makers knew these rules. Expect worse on a real one.",
        "- a power cut (tests kill the writer at every write), many writers at once, a database server across a network.",
        "- other machines, other systems, slow media: a real stick is often slower than this reader.",
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description="measure lossproof on this machine")
    parser.add_argument("--people", type=int, default=5000, help="people on the sticks (default: 5000)")
    parser.add_argument(
        "--devices", type=int, default=100_000, help="devices of the register's estate (default: 100000)"
    )
    parser.add_argument("--facts", type=int, default=1_000_000, help="facts about them (default: 1000000)")
    parser.add_argument("--rows", type=int, default=200_000, help="rows of an asset list (default: 200000)")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "reference" / "benchmarks.md")
    parser.add_argument("--work", type=Path, help="a folder for the sticks, kept afterwards")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    arguments = parser.parse_args()
    work = arguments.work or Path(tempfile.mkdtemp(prefix="lossproof-bench-"))
    work.mkdir(parents=True, exist_ok=True)
    try:
        bench = parts.prepare(ROOT, work, arguments.people)
        bench.devices, bench.facts, bench.rows = arguments.devices, arguments.facts, arguments.rows
        arguments.out.write_text(page(bench, arguments.only), encoding="utf-8")
    finally:
        if arguments.work is None:
            shutil.rmtree(work, ignore_errors=True)
    print(f"wrote {arguments.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
