"""The fuzz half of the campaign: damaged inputs for every parser (`campaign_targets`), one limited child a target.

python tools/campaign_fuzz.py TARGET SEED SECONDS     run one target here (what the parent starts); prints JSON
"""

from __future__ import annotations

import contextlib
import faulthandler
import io
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from campaign_targets import Target, all_targets

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "build" / "campaign"
MEMORY_BYTES = 2 << 30
LONGER_SHARE = 4
_LONGER = ("volume ", "API ", "import file", "ledger backup")
"""Targets that start a child, read files or keep a store: they are given this many shares of the time."""
_SECTOR_BYTES = 512


class Result(NamedTuple):
    """One target's run."""

    target: str
    seconds: float
    inputs: int
    read: int
    refused: int
    failures: int
    kinds: list[str]


@cache
def written(content: bytes) -> list[int]:
    """Offsets of the sectors that hold anything: damage to zeros between them is rarely seen by anybody."""
    empty = bytes(_SECTOR_BYTES)
    return [at for at in range(0, len(content), _SECTOR_BYTES) if content[at : at + _SECTOR_BYTES] != empty] or [0]


def damaged(seed: bytes, others: list[bytes], draw: random.Random) -> bytes:
    """A copy with a few of: flipped bits, changed bytes, interesting numbers, a cut, a repeated or foreign stretch."""
    data = bytearray(seed)
    for _ in range(draw.choice((1, 1, 2, 3, 8))):
        if not data:
            return bytes(draw.randbytes(draw.randrange(64)))
        # Headers are near the start: half of all damage is done in the first 4 KiB.
        anywhere = draw.choice(written(seed)) + draw.randrange(_SECTOR_BYTES)
        at = min(draw.randrange(min(len(data), 4096)) if draw.random() < 0.5 else anywhere, len(data) - 1)
        match draw.randrange(7):
            case 0:
                data[at] ^= 1 << draw.randrange(8)
            case 1:
                data[at] = draw.randrange(256)
            case 2:
                size = draw.choice((1, 2, 4, 8))
                number = draw.choice(
                    (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, (1 << 63) - 1, (1 << 64) - 1)
                )
                data[at : at + size] = (number % (1 << 8 * size)).to_bytes(size, draw.choice(("little", "big")))
            case 3:
                del data[at:]
            case 4:
                end = min(len(data), at + draw.randrange(1, 513))
                data[at:at] = data[at:end] * draw.choice((1, 2, 64))
            case 5:
                other = draw.choice(others)
                start = draw.randrange(max(1, len(other)))
                piece = other[start : start + draw.randrange(1, 4097)]
                data[at : at + len(piece)] = piece
            case 6:
                del data[at : at + draw.randrange(1, 513)]
    return bytes(data)


def damaged_inside(package: bytes, draw: random.Random) -> bytes:
    """A package with one of its files damaged, made whole again: its checksums would give other damage away."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    name = draw.choice(sorted(files))
    files[name] = damaged(files[name], list(files.values()), draw)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def one_input(target: Target, draw: random.Random) -> bytes:
    """The next damaged copy: where the target knows of a shape, it is mostly kept."""
    corpus = target.corpus
    seed = draw.choice(corpus)
    if target.shaped is not None and draw.random() < 0.8:
        return target.shaped(seed, draw)
    if seed.startswith(b"PK\x03\x04") and draw.random() < 0.6:
        with contextlib.suppress(RuntimeError, zipfile.BadZipFile):  # it has a password, or is damaged as it is
            return damaged_inside(seed, draw)
    return damaged(seed, corpus, draw)


def outcome(target: Target, data: bytes) -> str:
    """`read`, `refused`, or what leaked and where."""
    from lossproof.errors import FormatError, KeyRequiredError, UnsupportedError, VerificationError

    try:
        target.run(data)
    except (FormatError, UnsupportedError, KeyRequiredError, VerificationError, *target.refusals):
        return "refused"
    except Exception as error:  # noqa: BLE001  # whatever leaks is what is looked for
        where = error.__traceback__
        while where is not None and where.tb_next is not None:
            where = where.tb_next
        place = f"{Path(where.tb_frame.f_code.co_filename).name}:{where.tb_lineno}" if where else "?"
        return f"{type(error).__name__} at {place}"
    return "read"


def outcome_apart(target: Target, data: bytes) -> str:
    """The same from a process of its own; where that is lost, `refused`, for the product says `crashed` and goes on."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(target.seconds)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        os.write(writing, outcome(target, data).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return "no answer in time" if os.WTERMSIG(status) == signal.SIGALRM else "refused"
    return "refused" if said.startswith("MemoryError") else said


def child(name: str, seed: int, seconds: float) -> None:
    """Run one target here until the time is over, printing a line of JSON; a failing input is kept before it is tried."""
    target = all_targets()[name]()
    if not target.corpus:
        raise SystemExit("no known files to damage")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    KEPT.mkdir(parents=True, exist_ok=True)
    current = KEPT / f"{name.replace(' ', '-')}.current"
    draw, counts = random.Random(f"{seed} {name}"), Counter[str]()
    end = time.monotonic() + seconds
    # Written over in place: a file that is opened anew for each input would wait for the disk.
    with current.open("wb", buffering=0) as kept:
        while time.monotonic() < end:
            data = one_input(target, draw)
            os.pwrite(kept.fileno(), data, 0)
            os.ftruncate(kept.fileno(), len(data))
            faulthandler.dump_traceback_later(target.seconds + 10, exit=True)
            said = outcome_apart(target, data) if target.apart else outcome(target, data)
            faulthandler.cancel_dump_traceback_later()
            counts[said] += 1
            if said not in {"read", "refused"}:
                (KEPT / f"{name} {said}".replace(" ", "-").replace(":", "-")).write_bytes(data)
    current.unlink(missing_ok=True)
    print(json.dumps(counts))


def run(seed: int, seconds: float) -> list[Result]:
    """Every target in a child of its own, for its share of the time."""
    shares = {name: LONGER_SHARE if name.startswith(_LONGER) else 1 for name in all_targets()}
    return [one(name, seed, seconds * share / sum(shares.values())) for name, share in shares.items()]


def one(name: str, seed: int, seconds: float) -> Result:
    """One target. A child that dies or hangs is one failure, whose input stays in `build/campaign`."""
    start = time.monotonic()
    command = [sys.executable, __file__, name, str(seed), str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    spent = time.monotonic() - start
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        print(f"{name}: lost", file=sys.stderr)
        return Result(name, spent, 0, 0, 0, 1, [f"the child ended with status {done.returncode}: {last[:160]}"])
    counts: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    kinds = dict(_failures(counts))
    print(f"{name}: {sum(counts.values()):,} inputs, {sum(kinds.values())} failures", file=sys.stderr)
    return Result(
        name,
        spent,
        sum(counts.values()),
        counts.get("read", 0),
        counts.get("refused", 0),
        sum(kinds.values()),
        [f"{count} times {kind}" for kind, count in sorted(kinds.items())],
    )


def _failures(counts: dict[str, int]) -> Iterator[tuple[str, int]]:
    return ((kind, count) for kind, count in counts.items() if kind not in {"read", "refused"})


if __name__ == "__main__":
    child(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
