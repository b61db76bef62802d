"""The fuzz half of the campaign: damaged inputs for every parser, one limited child a target.

python tools/campaign_fuzz.py TARGET SEED SECONDS     run one target here (what the parent starts); prints JSON
"""

from __future__ import annotations

import faulthandler
import io
import json
import lzma
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "build" / "campaign"
MEMORY_BYTES = 2 << 30
INPUT_SECONDS = 60
CORPUS_BYTES = 1 << 20


class Result(NamedTuple):
    """One target's run."""

    target: str
    seconds: float
    inputs: int
    read: int
    refused: int
    failures: int
    kinds: list[str]


def damaged(seed: bytes, others: list[bytes], draw: random.Random) -> bytes:
    """A copy with a few of: flipped bits, changed bytes, interesting numbers, a cut, a repeated or foreign stretch."""
    data = bytearray(seed)
    for _ in range(draw.choice((1, 1, 2, 3, 8))):
        if not data:
            return bytes(draw.randbytes(draw.randrange(64)))
        # Headers are near the start: half of all damage is done in the first 4 KiB.
        at = draw.randrange(min(len(data), 4096) if draw.random() < 0.5 else len(data))
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


def vectors() -> dict[str, list[bytes]]:
    """The committed test images, by scheme."""
    found: dict[str, list[bytes]] = {}
    for path in sorted((ROOT / "tests" / "vectors").rglob("*.xz")):
        found.setdefault(path.parent.name, []).append(lzma.decompress(path.read_bytes()))
    return found


def stick_files() -> dict[str, list[bytes]]:
    """Files of a small made-up stick, by ending."""
    from lossproof.sample import stick

    found: dict[str, list[bytes]] = {}
    with tempfile.TemporaryDirectory() as folder:
        stick.make(Path(folder) / "stick", people=60, seed=3)
        for path in sorted(Path(folder).rglob("*")):
            if path.is_file() and path.stat().st_size <= CORPUS_BYTES:
                found.setdefault(path.suffix.lower() or ".", []).append(path.read_bytes())
    return found


def read_scheme(name: str) -> tuple[Callable[[bytes], object], list[bytes]]:
    """One scheme's `detect` and `read`, and all of its `parts`."""
    from lossproof.block.source import BytesSource
    from lossproof.inspect import schemes

    scheme = next(one for one in schemes.every() if name == one.NAME)
    corpus = vectors()
    inputs = corpus.get(name) or [image for images in corpus.values() for image in images]

    def target(data: bytes) -> object:
        source = BytesSource(data)
        scheme.detect(source)
        holder = schemes.container(scheme)
        return scheme.read(source), holder and holder.parts(source)

    return target, inputs


def read_medium() -> tuple[Callable[[bytes], object], list[bytes]]:
    """The whole of `inspect`, grading and JSON too."""
    from lossproof.block.source import BytesSource, Meter
    from lossproof.inspect import inspect
    from lossproof.wire import output

    def target(data: bytes) -> object:
        return json.dumps(output.inspection(inspect(BytesSource(data), "fuzzed", meter=Meter(2 << 20))))

    return target, [image for images in vectors().values() for image in images]


def read_format(suffix: str) -> tuple[Callable[[bytes], object], list[bytes]]:
    """A document of one kind, and everything in it."""
    from lossproof.block.source import BytesSource
    from lossproof.discover.formats import spans
    from lossproof.discover.spans import Member

    def walk(source: object, name: str, depth: int) -> int:
        count = 0
        for span in spans(source, name):  # type: ignore[arg-type]
            count += 1
            if isinstance(span, Member) and depth < 3:
                count += walk(span.source, span.name, depth + 1)
        return count

    return lambda data: walk(BytesSource(data), f"fuzzed{suffix}", 0), stick_files()[suffix]


def read_identifiers() -> tuple[Callable[[bytes], object], list[bytes]]:
    """The search for identifiers, on damaged text."""
    from lossproof.discover.engine import find

    texts = [data for suffix in (".csv", ".txt", ".tsv", ".log") for data in stick_files().get(suffix, [])]
    return lambda data: find(data.decode("utf-8", "replace")), texts


def targets() -> dict[str, Callable[[], tuple[Callable[[bytes], object], list[bytes]]]]:
    """Every target by name."""
    from lossproof.inspect import schemes

    found: dict[str, Callable[[], tuple[Callable[[bytes], object], list[bytes]]]] = {"inspect": read_medium}
    for scheme in schemes.every():
        found[f"scheme {scheme.NAME}"] = lambda name=scheme.NAME: read_scheme(name)
    for suffix in sorted(stick_files()):
        found[f"format {suffix}"] = lambda ending=suffix: read_format(ending)
    return found | {"identifiers": read_identifiers}


def child(name: str, seed: int, seconds: float) -> None:
    """Run one target here until the time is over, printing a line of JSON; a failing input is kept before it is tried."""
    from lossproof.errors import FormatError, KeyRequiredError, UnsupportedError

    target, corpus = targets()[name]()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    KEPT.mkdir(parents=True, exist_ok=True)
    current = KEPT / f"{name.replace(' ', '-')}.current"
    draw, counts, kinds = random.Random(f"{seed} {name}"), Counter[str](), Counter[str]()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        data = damaged(draw.choice(corpus), corpus, draw)
        current.write_bytes(data)
        faulthandler.dump_traceback_later(INPUT_SECONDS, exit=True)
        try:
            target(data)
            counts["read"] += 1
        except (FormatError, UnsupportedError, KeyRequiredError):
            counts["refused"] += 1
        except Exception as error:  # noqa: BLE001  # whatever leaks is what is looked for
            where = error.__traceback__
            while where is not None and where.tb_next is not None:
                where = where.tb_next
            place = f"{Path(where.tb_frame.f_code.co_filename).name}:{where.tb_lineno}" if where else "?"
            kinds[f"{type(error).__name__} at {place}"] += 1
            (KEPT / f"{name.replace(' ', '-')}-{type(error).__name__}-{place.replace(':', '-')}").write_bytes(data)
        faulthandler.cancel_dump_traceback_later()
        counts["inputs"] += 1
    current.unlink()
    print(
        json.dumps(
            {
                "counts": counts,
                "kinds": [f"{count} x {kind}" for kind, count in sorted(kinds.items())],
                "failures": kinds.total(),
            }
        )
    )


def run(seed: int, seconds: float) -> list[Result]:
    """Every target in a child of its own, for an equal share of the time."""
    names = list(targets())
    share = seconds / len(names)
    return [result for name in names for result in one(name, seed, share)]


def one(name: str, seed: int, seconds: float) -> Iterator[Result]:
    """One target. A child that dies or hangs is one failure, whose input stays in `build/campaign`."""
    start = time.monotonic()
    command = [sys.executable, __file__, name, str(seed), str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    spent = time.monotonic() - start
    if done.returncode:
        last = (io.StringIO(done.stderr).read().strip().splitlines() or ["no message"])[-1]
        yield Result(name, spent, 0, 0, 0, 1, [f"the child ended with status {done.returncode}: {last[:160]}"])
        return
    said = json.loads(done.stdout.splitlines()[-1])
    counts = said["counts"]
    print(f"{name}: {counts.get('inputs', 0):,} inputs, {said['failures']} failures", file=sys.stderr)
    yield Result(
        name,
        spent,
        counts.get("inputs", 0),
        counts.get("read", 0),
        counts.get("refused", 0),
        said["failures"],
        said["kinds"],
    )


if __name__ == "__main__":
    child(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
