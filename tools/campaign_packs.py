"""The evidence packs' part of `make campaign`: honest packs are verified, everything else is refused or named incomplete.

Honest packs of random shape first, none of which may be refused; then each way in which an operator with the log key could deceive,
changed copies of packs for as long as there is time, and every byte of one pack. Any of these that is `verified`, and any error but
that of the contract, is a failure.
"""

from __future__ import annotations

import argparse
import datetime
import platform
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from ledger.mutants import CROOKED, Mutant, every_byte, mutants  # noqa: E402
from ledger.packs import random_pack  # noqa: E402
from lossproof.ledger.verification import check_pack  # noqa: E402
from lossproof.model.pack import Outcome  # noqa: E402

HONEST = 10_000
MUTANTS_A_PACK = 40
ROUNDS_OF_CROOKED = 50
REFUSALS = {Outcome.REFUSED, Outcome.INCOMPLETE}


@dataclass
class Result:
    """What one run came to. `failures` say what was tried, by seed, so that it can be tried again."""

    honest: int = 0
    crooked: int = 0
    bytes_changed: int = 0
    mutants: int = 0
    seconds: float = 0
    parts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """The report, as Markdown."""
        return [
            "| evidence packs | tried | failures |",
            "|---|---|---|",
            f"| honest, of random shape: verified | {self.honest:,} | {self._of('honest')} |",
            f"| by an operator with the log key, {len(CROOKED)} ways: refused or incomplete | {self.crooked:,} | {self._of('crooked')} |",
            f"| every byte of one pack changed: refused | {self.bytes_changed:,} | {self._of('byte')} |",
            f"| changed at random: refused or incomplete | {self.mutants:,} | {self._of('mutant')} |",
            "",
            f"In {self.seconds:.0f} seconds. Found out in: "
            + ", ".join(f"{part} {count:,}" for part, count in sorted(self.parts.items()))
            + ".",
            "",
            *(f"- {failure}" for failure in self.failures),
        ]

    def _of(self, kind: str) -> int:
        return sum(failure.startswith(kind) for failure in self.failures)


def campaign(seed: int, minutes: float, *, honest: int = HONEST) -> Result:
    """One run. The honest and the crooked packs are all tried however long it takes, then changed copies for so many minutes."""
    began = time.monotonic()
    result = Result()
    _honest(result, range(seed, seed + honest))
    for name, make in CROOKED.items():
        made = (make(random.Random(seed + number)) for number in range(ROUNDS_OF_CROOKED))
        result.crooked += _refused(result, made, f"crooked {name}")
    draw = random.Random(seed)
    result.bytes_changed = _refused(result, every_byte(random_pack(draw, facts=3), draw), "byte")
    until = time.monotonic() + minutes * 60
    while time.monotonic() < until:
        result.mutants += _refused(result, _changed(draw.randrange(1 << 62)), "mutant")
    result.seconds = time.monotonic() - began
    return result


def _changed(seed: int) -> Iterator[Mutant]:
    draw = random.Random(seed)
    made = random_pack(draw)
    return (one._replace(name=f"{seed} {one.name}") for one in islice(mutants(made, draw), MUTANTS_A_PACK))


def _honest(result: Result, seeds: Iterable[int]) -> None:
    for seed in seeds:
        made = random_pack(random.Random(seed))
        found = check_pack(made.pack, policy=made.policy, since=made.since)
        result.honest += 1
        if found.outcome is not Outcome.VERIFIED:
            result.failures.append(f"honest pack of seed {seed}: {found.part}: {found.message}")
        if check_pack(made.pack).outcome is not Outcome.SELF_CONSISTENT:
            result.failures.append(f"honest pack of seed {seed} without a policy")


def _refused(result: Result, tried: Iterable[Mutant], kind: str) -> int:
    count = 0
    for one in tried:
        count += 1
        try:
            found = check_pack(one.pack, policy=one.policy, since=one.since)
            alone = check_pack(one.pack)
        except Exception as error:  # noqa: BLE001  the contract names the errors that there are; any other is a failure
            result.failures.append(f"{kind} {one.name}: {type(error).__name__}")
            continue
        if found.outcome not in REFUSALS or alone.outcome is Outcome.VERIFIED:
            result.failures.append(f"{kind} {one.name}: {found.outcome}, {alone.outcome} without a policy")
        elif found.part:
            result.parts[found.part.value] += 1
    return count


def page(options: argparse.Namespace, result: Result) -> str:
    """The report as a page."""
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    command = (
        f"python tools/campaign_packs.py --seed {options.seed} --minutes {options.minutes:g} --honest {options.honest}"
    )
    head = ["# Campaign: evidence packs", "", "<!-- Written by `make campaign`. Run it again rather than edit. -->", ""]
    run = f"Run on {today} with seed {options.seed}, Python {platform.python_version()}, by"
    return "\n".join([*head, run, "", f"    {command}", "", *result.lines()]).rstrip("\n") + "\n"


def main() -> int:
    """Run it and write the report; exit status 1 where something failed."""
    parser = argparse.ArgumentParser(description="the evidence packs' part of the campaign")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 31))
    parser.add_argument("--minutes", type=float, default=10, help="for packs changed at random (default: 10)")
    parser.add_argument(
        "--honest", type=int, default=HONEST, help=f"honest packs of random shape (default: {HONEST:,})"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "reference" / "campaign-packs.md")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", file=sys.stderr)
    result = campaign(arguments.seed, arguments.minutes, honest=arguments.honest)
    arguments.out.write_text(page(arguments, result), encoding="utf-8")
    print(f"wrote {arguments.out}")
    return 1 if result.failures else 0


if __name__ == "__main__":
    sys.exit(main())
