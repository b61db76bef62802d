"""What `--record` adds to `lossproof check`."""

from __future__ import annotations

import json
import statistics
from pathlib import Path

import measure
from parts import LOSSPROOF, PYTHON, Bench, table
from pyrage import x25519

HERE = Path(__file__).resolve().parent
CHECKS = 3

Took = dict[str, list[float]]
"""Seconds of wall time and of CPU, by what they went into."""


def check(bench: Bench, folder: Path, more: list[object]) -> Took:
    """`lossproof check` on our own stick's image, recorded."""
    report = folder / "took"
    words = ["check", "--json", bench.sticks[0].image, *more]
    done = measure.run([PYTHON, HERE / "recorded_check.py", report, *map(str, words)])
    if done.status not in {0, 1}:
        raise SystemExit(done.complaints)
    took: Took = json.loads(report.read_text())
    report.unlink()
    return took


def recording(bench: Bench, folder: Path) -> list[str]:
    """What `--record` adds to `check`, with and without a list of people."""
    secret = folder / "passphrase"
    secret.write_text("a made-up passphrase")
    rows: list[list[object]] = []
    for name, more in (
        ("counts alone", []),
        ("the people sealed too", ["--manifest-to", x25519.Identity.generate().to_public()]),
    ):
        store = folder / f"store {len(rows)}"
        done = measure.run([LOSSPROOF, "ledger", "init", store, "--passphrase-file", secret, *map(str, more)])
        if done.status:
            raise SystemExit(done.complaints)
        words: list[object] = ["--record", store, "--key-passphrase-file", secret]
        check(bench, folder, words)
        runs = [check(bench, folder, words) for _ in range(CHECKS)]
        rows.append([name, *(seconds(runs, what) for what in ("opening", "recording", "keys"))])
    plain = [measure.run([LOSSPROOF, "check", "--json", bench.sticks[0].image]) for _ in range(CHECKS)]
    wall, cpu = (statistics.median(getattr(one, name) for one in plain) for name in ("wall_seconds", "cpu_seconds"))
    return [
        "### Recording",
        "",
        f"`lossproof check` of the image of {bench.sticks[0].name} of {bench.people:,} people takes {wall:.1f} s, {cpu:.1f} s of CPU.",
        f"`--record` adds, wall / CPU, medians of {CHECKS} runs (unlocking the two keys is slow on purpose, and stands apart):",
        "",
        *table(["recorded", "loading and opening", "signing and appending", "unlocking two keys"], rows),
    ]


def seconds(runs: list[Took], what: str) -> str:
    """Milliseconds of wall time and of CPU."""
    wall, cpu = (statistics.median(run[what][at] for run in runs) * 1e3 for at in (0, 1))
    return f"{wall:,.0f} / {cpu:,.0f} ms"
