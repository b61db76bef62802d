"""`make campaign`: long fuzz and mutation runs; writes docs/reference/campaign.md with date, seed and what survived.

    python tools/campaign.py [--seed N] [--fuzz-minutes M] [--mutants N] [--out FILE]

Fuzz: each target is given damaged copies of known files (`campaign_targets`), one child a target, with limits of memory and
time. A target may return or raise the errors that its contract names; anything else, a hang or a death is a failure, and its
input is kept under `build/campaign`. Mutation: one small change in a module of the product at a time, and that module's own tests
must notice. Survivors are listed, to be looked at by a person: some change nothing that could be observed.
"""

from __future__ import annotations

import argparse
import datetime
import platform
import random
import secrets
import sys
from pathlib import Path

import campaign_fuzz
import campaign_mutants

ROOT = Path(__file__).resolve().parents[1]


def page(
    options: argparse.Namespace, fuzzed: list[campaign_fuzz.Result], mutated: list[campaign_mutants.Result]
) -> str:
    """The report."""
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    command = (
        f"python tools/campaign.py --seed {options.seed} --fuzz-minutes {options.fuzz_minutes:g}"
        f" --mutants {options.mutants}"
    )
    inputs, failures = sum(one.inputs for one in fuzzed), sum(one.failures for one in fuzzed)
    tried, noticed = sum(one.tried for one in mutated), sum(one.noticed for one in mutated)
    lines = [
        "# Campaign",
        "",
        "<!-- Written by `make campaign`. Run it again rather than edit. -->",
        "",
        f"Run on {today} with seed {options.seed}, Python {platform.python_version()}, by",
        "",
        f"    {command}",
        "",
        f"{len(fuzzed)} fuzz targets, {inputs:,} damaged inputs, {failures} failures. {tried} mutants, {noticed} noticed.",
        "",
        "## Fuzz",
        "",
        "Damaged copies of known files, by chance, and where a target knows of a shape mostly so that it is kept. Refused: the",
        "errors of the contract. Failures: anything else, a hang, a death, or something else than was written when it is read again.",
        "`API facts, signed` sends facts to the register's API that are damaged first and then signed by a key that is enrolled.",
        "A `volume` is listed and read in the confined child, and the binary workbooks in a process of their own: the loss of",
        "that process, which the product reports and survives, is refused too.",
        "",
        "| target | seconds | inputs | read | refused | failures |",
        "|---|---|---|---|---|---|",
        *(
            f"| `{one.target}` | {one.seconds:.0f} | {one.inputs:,} | {one.read:,} | {one.refused:,} | {one.failures} |"
            for one in fuzzed
        ),
        "",
        *(f"- `{one.target}`: {what}" for one in fuzzed for what in one.kinds),
        "",
        "## Mutation",
        "",
        "One small change at a time; the module's own tests must fail. A survivor is a change that they did not notice.",
        "",
        "| module | its tests take, s | mutants tried | noticed | survived |",
        "|---|---|---|---|---|",
        *(
            f"| `{one.module}` | {one.test_seconds:.0f} | {one.tried} | {one.noticed} | {len(one.survivors)} |"
            for one in mutated
        ),
        "",
        *(f"- `{one.module}` {what}" for one in mutated for what in one.survivors),
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def main() -> int:
    """Fuzz, mutate, write the report; exit status 1 where a fuzz target failed."""
    parser = argparse.ArgumentParser(description="the long fuzz and mutation runs")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1 << 31))
    parser.add_argument("--fuzz-minutes", type=float, default=30, help="for all targets together (default: 30)")
    parser.add_argument("--mutants", type=int, default=20, help="a module (default: 20)")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "reference" / "campaign.md")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", file=sys.stderr)
    fuzzed = campaign_fuzz.run(arguments.seed, arguments.fuzz_minutes * 60)
    mutated = campaign_mutants.run(random.Random(arguments.seed), arguments.mutants)
    arguments.out.write_text(page(arguments, fuzzed, mutated), encoding="utf-8")
    print(f"wrote {arguments.out}")
    return 1 if any(one.failures for one in fuzzed) else 0


if __name__ == "__main__":
    sys.exit(main())
