"""The confined child: reads hostile bytes and answers with mentions. Started by `scan`, one process a core.

Everything it will need is imported before the lock-down; after it the child has its socket, the descriptors it is sent, and
nothing else: no files, no network, no new programs (`confine`). If a parser crashes or hangs, only this process is lost.
"""

from __future__ import annotations

import gc
import os
import socket
import sys
from collections.abc import Iterator

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from lossproof.block.source import FileSource, Source, Window
from lossproof.discover import (
    confine,
    engine,
    filesystem,
    formats,
    names,
    prose,
    protocol,
    rawtext,
)
from lossproof.discover.findings import Findings
from lossproof.discover.spans import Member, Prose, Rows, Unread
from lossproof.discover.tables import TableReader
from lossproof.errors import FormatError, KeyRequiredError, LossproofError, UnsupportedError

MEMORY_BYTES = 1 << 30
"""A worker that wants more is refused: the file is reported as too large to examine."""

_DEPTH = 8
_FLUSH_MENTIONS = 1_500
_MEMBERS = 200_000


def main() -> None:
    """Serve requests on the socket whose descriptor is the first argument, until it closes."""
    channel = socket.socket(fileno=int(sys.argv[1]))
    _warm()
    not_enforced = confine.lock_down(memory_bytes=MEMORY_BYTES, cpu_seconds=86_400)
    protocol.send(channel, protocol.Ready(not_enforced=list(not_enforced)))
    # What was loaded stays, and records hold no cycles: looking for garbage in them costs a tenth of the work.
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    worker = _Worker(channel)
    while True:
        try:
            request, fd = protocol.receive_with_descriptor(channel, protocol.Request)
        except EOFError:
            return
        worker.serve(request, fd)


_NAME_SEPARATORS = str.maketrans("_/\\+=", "     ")
_PROSE_CHARACTERS = 1 << 20
_NAME_DIGITS = 6
"""Fewer digits than this are no identifier of a person, and most names of files have fewer."""

_WARMING = """Patient: Ann Smith    DOB: 12 March 1961
12 Acacia Avenue
Leeds
LS1 2XY

Dear Ms Smith, NHS No 443 476 5914, jo@example.org, PNC 2004/0012345D, NINO AB123456C, diagnosis asthma, tel 01632 960001.
Yours sincerely, Dr J Bloggs
"""


def _warm() -> None:
    """Read a letter and a table before anything counts: whatever loads a file at first use has loaded it then."""
    formats.warm()
    prose.read(_WARMING, "", Findings())
    TableReader("").read(
        [["Surname", "First name", "DOB", "Notes"], ["Smith", "Liz", "12/03/1961", _WARMING]], Findings()
    )
    names.compatible("WARMING", "WARMER")


class _Worker:
    """Answers one request after another; keeps the image and the volume that it has open."""

    def __init__(self, channel: socket.socket) -> None:
        self.channel = channel
        self.image: FileSource | None = None
        self.volume: tuple[tuple[int, int], filesystem.FileSystem] | None = None

    def serve(self, request: protocol.Request, fd: int | None) -> None:
        """Answer a request; every failure is an answer too."""
        answer = _Answer(self.channel)
        try:
            if request.kind == "file" and fd is not None:
                _Reading(request.name, answer).file(FileSource(fd, request.size_bytes), request.name)
                answer.scanned_bytes += request.size_bytes
            elif request.kind == "table" and fd is not None:
                self._table(FileSource(fd, request.size_bytes), request.name)
            elif request.kind == "image" and fd is not None:
                self.image, fd = FileSource(fd, request.size_bytes), None
            elif request.kind == "list":
                self._list(request, answer)
            elif request.kind == "entry":
                self._entry(request, answer)
            elif request.kind == "raw":
                self._raw(request, answer)
        except LossproofError as error:
            answer.unread.append(("", reason_of(error), str(error)))
        except MemoryError:
            answer.unread.append(("", "too_large", "needs more memory than a file is given"))
        except RecursionError:
            answer.unread.append(("", "damaged", "nested deeper than any real document"))
        finally:
            if fd is not None:
                os.close(fd)
        answer.send(done=True)

    def _source(self) -> FileSource:
        if self.image is None:
            raise FormatError("no image was given")
        return self.image

    def _open(self, request: protocol.Request) -> filesystem.FileSystem:
        place = (request.offset_bytes, request.size_bytes)
        if self.volume is None or self.volume[0] != place:
            self.volume = (place, filesystem.open_volume(Window(self._source(), *place)))
        return self.volume[1]

    def _list(self, request: protocol.Request, answer: _Answer) -> None:
        volume = self._open(request)
        for entry in volume.entries():
            if isinstance(entry, filesystem.Unreadable):
                answer.unread.append((protocol.sendable(entry.path), entry.reason, ""))
            else:
                answer.listed.append(
                    protocol.Listed(
                        name=protocol.sendable(entry.path),
                        size_bytes=entry.size_bytes,
                        address=entry.address,
                        attribute=entry.attribute,
                        deleted=entry.deleted,
                        mixed=entry.mixed,
                    )
                )
                if len(answer.listed) >= 10_000:
                    answer.send(done=False)
        answer.ranges = [(request.offset_bytes + start, size) for start, size in [*volume.unclaimed(), *volume.slack()]]

    def _entry(self, request: protocol.Request, answer: _Answer) -> None:
        entry = filesystem.Entry(
            address=request.address,
            attribute=request.attribute,
            path=request.name,
            size_bytes=request.file_bytes,
            deleted=request.deleted,
            mixed=False,
        )
        source = self._open(request).open(entry)
        understood = _Reading(request.name, answer).file(source, request.name)
        if request.deleted and not understood:
            rawtext.read(source, answer.findings)
        answer.scanned_bytes += source.size_bytes

    def _table(self, source: Source, name: str) -> None:
        """Send the rows of every table; of a file without tables, its lines."""
        table, place = "", -1
        for span in formats.spans(source, name):
            if isinstance(span, Rows):
                begins = place < 0 or span.table != table
                table, place = span.table, place + begins
                rows = [span.header, *span.rows] if begins and span.header is not None else span.rows
            elif isinstance(span, Prose) and place < 0 and not span.where:
                rows = [[line] for line in span.text.split("\n") if line.strip()]
            else:
                continue
            protocol.send(self.channel, protocol.Reply(done=False, rows=rows, table=max(place, 0)))

    def _raw(self, request: protocol.Request, answer: _Answer) -> None:
        answer.blank = True
        for offset, size in request.ranges:
            read = rawtext.read_ciphertext if request.encrypted else rawtext.read
            seen = read(Window(self._source(), offset, size), answer.findings)
            answer.scanned_bytes += size
            answer.blank = answer.blank and seen.blank
            answer.opaque_bytes += seen.opaque_bytes


class _Answer:
    """Collects what goes back, and sends it in pieces."""

    def __init__(self, channel: socket.socket) -> None:
        self.channel = channel
        self.findings = Findings()
        self.unread: list[tuple[str, str, str]] = []
        self.listed: list[protocol.Listed] = []
        self.ranges: list[tuple[int, int]] = []
        self.scanned_bytes = 0
        self.blank = False
        self.opaque_bytes = 0

    def send(self, *, done: bool) -> None:
        """Send what has been collected since the last time."""
        protocol.send(
            self.channel,
            protocol.Reply(
                done=done,
                mentions=[tuple(mention) for mention in self.findings.mentions],  # type: ignore[misc]
                identifiers=[(kind, value, count) for (kind, value), count in self.findings.identifiers.items()],
                unread=self.unread,
                listed=self.listed,
                ranges=self.ranges if done else [],
                scanned_bytes=self.scanned_bytes if done else 0,
                blank=self.blank,
                opaque_bytes=self.opaque_bytes if done else 0,
                possible=self.findings.possible,
            ),
        )
        self.findings.mentions.clear()
        self.findings.identifiers.clear()
        self.findings.possible = 0
        self.unread, self.listed = [], []

    def relieve(self) -> None:
        """Send a part when much has been collected, so that memory stays flat."""
        if len(self.findings.mentions) >= _FLUSH_MENTIONS or len(self.findings.identifiers) >= 10 * _FLUSH_MENTIONS:
            self.send(done=False)


class _Reading:
    """Reads one file and everything inside it."""

    def __init__(self, source_name: str, answer: _Answer) -> None:
        self.source_name = source_name
        self.answer = answer
        self.members = 0

    def file(self, source: Source, name: str, *, inside: str = "", depth: int = 0) -> bool:
        """Read the file's spans; what cannot be read is noted with its place, and the rest goes on. False if it is the file itself."""
        tables: dict[str, TableReader] = {}
        self._name(name)
        try:
            for span in formats.spans(source, name):
                if isinstance(span, Member):
                    self._member(span, inside, depth)
                elif isinstance(span, Unread):
                    self.answer.unread.append((_join(inside, protocol.sendable(span.where)), span.reason, span.text))
                elif isinstance(span, Prose):
                    for piece in _pieces(span.text):
                        prose.read(piece, self.source_name, self.answer.findings)
                else:
                    self._rows(span, tables)
                self.answer.relieve()
        except (FormatError, UnsupportedError, KeyRequiredError) as error:
            self.answer.unread.append((inside, reason_of(error), str(error)))
            return False
        return True

    def _name(self, name: str) -> None:
        """A number in a file's or folder's name is possibly somebody's."""
        if sum(map(str.isdigit, name)) < _NAME_DIGITS:
            return
        known = engine.identifiers()
        hits = engine.find(name.translate(_NAME_SEPARATORS))
        self.answer.findings.possible += sum(1 for hit in hits if known[hit.kind].STRONG and hit.kind != "passport")

    def _rows(self, span: Rows, tables: dict[str, TableReader]) -> None:
        if span.table not in tables:
            tables[span.table] = TableReader(self.source_name, span.header)
        tables[span.table].read(span.rows, self.answer.findings)

    def _member(self, member: Member, inside: str, depth: int) -> None:
        where = _join(inside, protocol.sendable(member.name))
        self.members += 1
        if depth >= _DEPTH or self.members > _MEMBERS:
            self.answer.unread.append((where, "nested_too_deep", "files inside files beyond any real use"))
            return
        self.file(member.source, member.name, inside=where, depth=depth + 1)


def _pieces(text: str) -> Iterator[str]:
    """A long text in parts that end at a line's end where there is one: reading prose takes some forty times its size in memory."""
    start = 0
    while len(text) - start > _PROSE_CHARACTERS:
        end = text.rfind("\n", start, start + _PROSE_CHARACTERS) + 1
        end = end if end > start else start + _PROSE_CHARACTERS
        yield text[start:end]
        start = end
    yield text[start:] if start else text


def _join(inside: str, name: str) -> str:
    return f"{inside}/{name}" if inside and name else inside or name


def reason_of(error: LossproofError) -> str:
    """The stable code of why something was not examined."""
    plain = {FormatError.code: "damaged", KeyRequiredError.code: "encrypted", UnsupportedError.code: "unsupported"}
    return plain.get(error.code, error.code)


if __name__ == "__main__":
    main()
