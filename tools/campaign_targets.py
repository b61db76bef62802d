"""What the campaign fuzzes: every parser of the product, with the known files whose damaged copies it is given.

Documents come from the tests' own makers and from a made-up stick, images from the test vectors; a kind without any fails.
"""

from __future__ import annotations

import contextlib
import json
import lzma
import os
import random
import socket
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

CORPUS_BYTES = 1 << 20
INPUT_SECONDS = 60
VOLUME_SECONDS = 600
VOLUMES = ("fat", "exfat", "ntfs", "ext", "hfsplus", "iso9660")
LOST = frozenset({"crashed", "too_slow", "too_large"})
MAYBE_LOST = (".xls", ".xlsb")
"""Read by a library that ends its process when it cannot have the memory that a lying file made it ask for."""


class Target(NamedTuple):
    """A parser that is given bytes, the files that these are damaged copies of, and how long one may take.

    `apart`: each input in a process of its own, which may be lost as the product's confined child may. `shaped`: damage that keeps
    to the shape of these files, beside damage at random. `refusals`: errors of ours that are an answer here, beside those that all
    parsers may raise.
    """

    run: Callable[[bytes], object]
    corpus: list[bytes]
    seconds: int = INPUT_SECONDS
    apart: bool = False
    shaped: Callable[[bytes, random.Random], bytes] | None = None
    refusals: tuple[type[Exception], ...] = ()


@cache
def vectors() -> dict[str, list[bytes]]:
    """The committed test images, by scheme."""
    found: dict[str, list[bytes]] = {}
    for path in sorted((ROOT / "tests" / "vectors").rglob("*.xz")):
        found.setdefault(path.parent.name, []).append(lzma.decompress(path.read_bytes()))
    return found


@cache
def documents() -> dict[str, list[bytes]]:
    """One good file of every format, and the files of a small made-up stick, by ending."""
    from discover.formats.made import every_kind
    from lossproof.sample import stick

    found: dict[str, list[bytes]] = {}
    for name, content in every_kind().items():
        found.setdefault(Path(name).suffix, []).append(content)
    with tempfile.TemporaryDirectory() as folder:
        stick.make(Path(folder) / "stick", people=60, seed=3)
        for path in sorted(Path(folder).rglob("*")):
            if path.is_file() and path.stat().st_size <= CORPUS_BYTES:
                found.setdefault(path.suffix.lower() or ".", []).append(path.read_bytes())
    return found


def texts() -> list[bytes]:
    """The documents that are text."""
    return [content for suffix in (".csv", ".txt", ".tsv", ".log") for content in documents().get(suffix, [])]


def scheme(name: str) -> Target:
    """One scheme's `detect` and `read`, and all of its `parts`."""
    from lossproof.block.source import BytesSource
    from lossproof.inspect import schemes

    known = next(one for one in schemes.every() if name == one.NAME)

    def run(data: bytes) -> object:
        source = BytesSource(data)
        known.detect(source)
        holder = schemes.container(known)
        return known.read(source), holder and holder.parts(source)

    return Target(run, vectors().get(name) or [image for images in vectors().values() for image in images])


def medium() -> Target:
    """The whole of `inspect`, grading and JSON too."""
    from lossproof.block.source import BytesSource, Meter
    from lossproof.inspect import inspect
    from lossproof.wire import output

    def run(data: bytes) -> object:
        return json.dumps(output.inspection(inspect(BytesSource(data), "fuzzed", meter=Meter(2 << 20))))

    return Target(run, [image for images in vectors().values() for image in images])


def volume(name: str) -> Target:
    """A volume listed and read file by file in the confined child, as the product does it; the child may be lost.

    All inputs lie one behind another in one image with holes, so that one child serves them until one of them ends it.
    """
    from lossproof.discover import pool
    from lossproof.discover.scan import Scan, Volume
    from lossproof.errors import UnsupportedError

    pool.PATIENCE_SECONDS = 5.0
    length = 1 << 40
    image = tempfile.TemporaryFile(prefix="lossproof-volumes-")  # noqa: SIM115  # for as long as this process
    os.ftruncate(image.fileno(), length)
    readers = pool.Pool(1, image.fileno(), length)
    position = 0

    def run(data: bytes) -> object:
        nonlocal position
        image.seek(position)
        image.write(data)
        image.flush()
        scan = Scan("fuzzed")
        place = Volume(name="volume", offset_bytes=position, size_bytes=len(data), listed=True)
        for jobs in scan._image_phases([place]):
            readers.run(jobs)
        position += -(-len(data) // 4096) * 4096
        os.ftruncate(image.fileno(), position)
        os.ftruncate(image.fileno(), length)
        holding = scan.found().holding
        if not scan.raw_bytes and not holding.scanned.files and not holding.not_examined:
            raise AssertionError("nothing was read and nothing was said")
        if any(skipped.reason in LOST for skipped in holding.not_examined):
            raise UnsupportedError("the confined child was lost, and this was said")
        return holding

    return Target(run, vectors()[name] + [one for one in vectors()["filesystems"] if _is(name, one)], VOLUME_SECONDS)


def _is(name: str, image: bytes) -> bool:
    from lossproof.block.source import BytesSource
    from lossproof.inspect import schemes

    return any(name == known.NAME and known.detect(BytesSource(image)) for known in schemes.every())


def document(suffix: str) -> Target:
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

    return Target(
        lambda data: walk(BytesSource(data), f"fuzzed{suffix}", 0), documents()[suffix], apart=suffix in MAYBE_LOST
    )


def identifiers() -> Target:
    """The search for identifiers, on damaged text."""
    from lossproof.discover.engine import find

    return Target(lambda data: find(data.decode("utf-8", "replace")), texts())


def people_in_prose() -> Target:
    """People in running text."""
    from lossproof.discover import prose
    from lossproof.discover.findings import Findings

    return Target(lambda data: prose.read(data.decode("cp1252", "replace"), "fuzzed", Findings()), texts())


def people_in_tables() -> Target:
    """People in rows, cut at commas."""
    from lossproof.discover.findings import Findings
    from lossproof.discover.tables import TableReader

    def run(data: bytes) -> object:
        rows = [line.split(",") for line in data.decode("utf-8", "replace").splitlines()]
        return TableReader("fuzzed").read(rows, Findings())

    return Target(run, texts())


def raw_text() -> Target:
    """Bytes without a file around them."""
    from lossproof.block.source import BytesSource
    from lossproof.discover import rawtext
    from lossproof.discover.findings import Findings

    corpus = [content for contents in documents().values() for content in contents]
    return Target(lambda data: rawtext.read(BytesSource(data), Findings()), corpus)


def message() -> Target:
    """What a confined child says; one that has been taken over may say anything."""
    from lossproof.discover import protocol

    row = (
        "SMITH",
        "ANN",
        "1961-03-04",
        [("nhs_number", "9434765919")],
        ["a\x1f1"],
        "LS1 2XY",
        "",
        "a@b.example",
        ["health"],
    )
    listed = protocol.Listed(name="a", size_bytes=1, address=2, attribute=(128, 0), deleted=False, mixed=False)
    replies = [
        protocol.Reply(done=True, mentions=[row], identifiers=[("nhs_number", "9434765919", 2)]),  # type: ignore[list-item]
        protocol.Reply(done=False, listed=[listed], ranges=[(0, 512)], unread=[("a", "damaged", "")]),
    ]
    corpus = []
    for reply in replies:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            protocol.send(ours, reply)
            corpus.append(theirs.recv(1 << 16))

    def run(data: bytes) -> object:
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                theirs.sendall(data[:60_000])
            with contextlib.suppress(EOFError):
                return protocol.receive(ours, protocol.Reply, patience_seconds=5)
        return None

    return Target(run, corpus)


def all_targets() -> dict[str, Callable[[], Target]]:
    """How to make every target, by name."""
    import campaign_ledger
    import campaign_records

    from lossproof.inspect import schemes

    found: dict[str, Callable[[], Target]] = {"inspect": medium}
    for known in schemes.every():
        found[f"scheme {known.NAME}"] = lambda name=known.NAME: scheme(name)  # type: ignore[misc]
    for name in VOLUMES:
        found[f"volume {name}"] = lambda name=name: volume(name)  # type: ignore[misc]
    for suffix in sorted(documents()):
        found[f"format {suffix}"] = lambda suffix=suffix: document(suffix)  # type: ignore[misc]
    others = (identifiers, people_in_prose, people_in_tables, raw_text, message)
    found |= {other.__name__.replace("_", " "): other for other in others}
    return found | campaign_records.targets() | campaign_ledger.targets()
