"""One scan of a folder or of volumes in an image: what is there is listed, read by confined workers, and counted.

Mentions are put in the order of the paths before they are linked, so the answer does not depend on which worker was faster.
`KeyboardInterrupt` ends a scan early with what there is, marked as interrupted.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from lossproof.block.source import FileSource
from lossproof.discover import protocol
from lossproof.discover.distinct import Distinct
from lossproof.discover.folder import open_file, walk
from lossproof.discover.leads import leads_to_somebody
from lossproof.discover.mention import Mention
from lossproof.discover.pool import Job, Pool
from lossproof.discover.volume.ranges import pieces, within
from lossproof.model.holding import (
    FileHolding,
    Holding,
    IdentifierCount,
    NotExamined,
    People,
    RawText,
    Scanned,
)

Progress = Callable[[int, int, int, int], None]
"""Called with files done, files known, bytes done, bytes known."""

_RAW_JOB_BYTES = 64 << 20
_LISTING_SHARE = 256
"""Listing a volume may take as long as reading this part of it: libtsk looks for orphans at some 400 MiB a second."""

_MAY_IDENTIFY = re.compile(r"@|\d.*\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """A byte range of an image to be examined. `readable` is False for a range without a file system that we read: raw text only.

    `name` stands before the paths of its files; `note` is why it is not wholly examined, as (reason, text), or None.
    """

    name: str
    offset_bytes: int
    size_bytes: int
    listed: bool
    encrypted: bool = False
    note: tuple[str, str] | None = None


@dataclass(slots=True)
class _File:
    """What came back of one file."""

    path: str
    size_bytes: int
    deleted: bool = False
    mixed: bool = False
    order: int = 0  # in which it was asked for: deleted files may have one path between them
    mentions: list[Mention] = field(default_factory=list)
    counts: dict[str, Distinct] = field(default_factory=lambda: defaultdict(Distinct))
    leads: dict[str, Distinct] = field(default_factory=lambda: defaultdict(Distinct))


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A scan's answer: the holding, the mentions that it was counted from (personal data: memory only), and which raw ranges
    were read to the last byte and are blank, as (offset, size), and on how many volumes the files of a folder lie."""

    holding: Holding
    mentions: list[Mention]
    blank: frozenset[tuple[int, int]]
    volumes: int


class Scan:
    """Collects what workers send, then counts."""

    def __init__(self, target: str, *, progress: Progress | None = None, show: bool = False) -> None:
        self.target = target
        self.show = show
        self.progress = progress
        self.files: list[_File] = []
        self.not_examined: list[NotExamined] = []
        self.values: dict[str, dict[int, str]] = defaultdict(dict)
        self.times: Counter[str] = Counter()
        self.raw = _File("", 0)
        self.raw_times: Counter[str] = Counter()
        self.raw_bytes = self.possible = 0
        self.blank: set[tuple[int, int]] = set()
        self.volumes: set[int] = set()
        self.known_files = self.known_bytes = self.done_files = self.done_bytes = self.read_bytes = 0
        self.not_enforced: tuple[str, ...] = ()
        self.interrupted = False
        self.paths: dict[str, str] = {}
        self._strings: dict[str, str] = {}
        self._categories: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._reading: dict[int, _File] = {}
        self._begun = 0

    def folder(self, root: Path, workers: int) -> Found:
        """Scan every regular file below a folder, following no link."""
        self._run(Pool(workers), self._folder_phases(root))
        return self.found()

    def _folder_phases(self, root: Path) -> Iterator[Iterator[Job]]:
        """Read every file below the folder, the largest first so that none is left to one worker at the end."""
        entries = sorted(walk(root, self._skip, self.volumes), key=lambda entry: -entry[1])
        self.known_files, self.known_bytes = len(entries), sum(size for _, size in entries)
        yield (self._file_job(root, *entry) for entry in entries)

    def image(self, source: FileSource, volumes: list[Volume], workers: int) -> Found:
        """Scan volumes of an image or device: list each, read each file, then read what no file claims as raw text."""
        self._run(Pool(workers, source.fd, source.size_bytes), self._image_phases(volumes))
        return self.found()

    def _run(self, pool: Pool, phases: Iterator[Iterator[Job]]) -> None:
        with pool:
            from lossproof.discover import people  # noqa: F401  loaded while the workers start

            try:
                for jobs in phases:
                    pool.run(jobs)
            except KeyboardInterrupt:
                self.interrupted = True
                left = self.known_files - self.done_files
                self._skip("", "interrupted", f"the scan was stopped; {left} files were not reached")
                self.files += self._reading.values()  # what was found in half a file was found
            self.not_enforced = tuple(sorted(pool.not_enforced))

    def _skip(self, path: str, reason: str, text: str) -> None:
        self.not_examined.append(NotExamined(path=path, reason=reason, text=text))

    def _file_job(self, root: Path, path: str, size_bytes: int) -> Job:
        request = protocol.Request(kind="file", name=protocol.sendable(path), size_bytes=size_bytes)
        return self._job(request, size_bytes, _File(path, size_bytes), lambda: open_file(root / path))

    def _job(
        self, request: protocol.Request, effort_bytes: int, file: _File, opener: Callable[[], int] | None = None
    ) -> Job:
        file.order = self._begun = self._begun + 1

        def replied(reply: protocol.Reply) -> None:
            self._reading[file.order] = file
            self._take(file, reply)
            for where, reason, text in reply.unread:
                self._skip(f"{file.path}/{where}" if where else file.path, reason, text)
            if reply.done:
                self._done(file, reply.scanned_bytes)

        def failed(reason: str, text: str) -> None:
            self._skip(file.path, reason, text)
            self._done(file, 0)

        return Job(request, effort_bytes, replied, failed, opener)

    def _done(self, file: _File, read_bytes: int) -> None:
        self._reading.pop(file.order, None)
        self.files.append(file)
        self.done_files += 1
        self.done_bytes += file.size_bytes
        self.read_bytes += read_bytes
        self._tell()

    def _tell(self) -> None:
        if self.progress is not None:
            self.progress(self.done_files, self.known_files, self.done_bytes, self.known_bytes)

    def _take(self, file: _File, reply: protocol.Reply) -> None:
        same = self._strings.setdefault
        for fields in reply.mentions:
            surname, forename, born, strong, local, postcode, phone, email, shown = fields
            categories = tuple(shown)
            file.mentions.append(
                Mention(
                    same(surname, surname),
                    same(forename, forename),
                    same(born, born),
                    tuple((same(kind, kind), value) for kind, value in strong),
                    tuple(local),
                    same(postcode, postcode),
                    phone,
                    email,
                    self._categories.setdefault(categories, categories),
                )
            )
        self.possible += reply.possible
        times = self.raw_times if file is self.raw else self.times
        for kind, value, count in reply.identifiers:
            key = hash(value)
            times[same(kind, kind)] += count
            file.counts[kind].add(key)
            if leads_to_somebody(kind, value):
                file.leads[kind].add(key)
            if self.show:
                self.values[kind][key] = value

    def _image_phases(self, volumes: list[Volume]) -> Iterator[Iterator[Job]]:
        """List every volume, and when that is done read what was listed."""
        raw: list[tuple[int, int]] = []
        ciphers: list[tuple[int, int]] = []
        entries: list[tuple[Volume, protocol.Listed]] = []
        for volume in volumes:
            self.known_bytes += volume.size_bytes
            if volume.note is not None:
                self._skip(volume.name, *volume.note)
            if not volume.listed:
                (ciphers if volume.encrypted else raw).append((volume.offset_bytes, volume.size_bytes))
        yield (self._listing(volume, entries, raw) for volume in volumes if volume.listed)
        entries.sort(key=lambda pair: (pair[0].offset_bytes, -pair[1].size_bytes))
        self.known_files += len(entries)
        yield (self._entry_job(volume, listed) for volume, listed in entries)
        yield (self._raw_job(start, size) for start, size in pieces(raw, _RAW_JOB_BYTES))
        yield (self._raw_job(start, size, encrypted=True) for start, size in pieces(ciphers, _RAW_JOB_BYTES))

    def _entry_job(self, volume: Volume, listed: protocol.Listed) -> Job:
        request = protocol.Request(
            kind="entry",
            name=listed.name,
            offset_bytes=volume.offset_bytes,
            size_bytes=volume.size_bytes,
            address=listed.address,
            attribute=listed.attribute,
            deleted=listed.deleted,
            file_bytes=listed.size_bytes,
        )
        size_bytes = min(listed.size_bytes, volume.size_bytes)
        file = _File(_within(volume.name, listed.name), size_bytes, listed.deleted, listed.mixed)
        return self._job(request, size_bytes, file)

    def _listing(
        self, volume: Volume, entries: list[tuple[Volume, protocol.Listed]], raw: list[tuple[int, int]]
    ) -> Job:
        def replied(reply: protocol.Reply) -> None:
            entries.extend((volume, listed) for listed in reply.listed)
            # What a worker says may be a stranger's doing: no range reaches beyond the volume that it was asked about.
            raw.extend(within(reply.ranges, volume.offset_bytes, volume.size_bytes))
            for where, reason, text in reply.unread:
                self._skip(_within(volume.name, where), reason, text)
                if not where:
                    raw.append((volume.offset_bytes, volume.size_bytes))

        def failed(reason: str, text: str) -> None:
            self._skip(volume.name, reason, text)
            raw.append((volume.offset_bytes, volume.size_bytes))

        request = protocol.Request(kind="list", offset_bytes=volume.offset_bytes, size_bytes=volume.size_bytes)
        return Job(request, volume.size_bytes // _LISTING_SHARE, replied, failed)

    def _raw_job(self, start: int, size: int, *, encrypted: bool = False) -> Job:
        where = f"bytes {start} to {start + size}, {'encrypted' if encrypted else 'outside files'}"
        remains = (
            "plain_in_ciphertext" if encrypted else "remains",
            "among the ciphertext are not encrypted: old contents may show through"
            if encrypted
            else "are neither blank nor text: they may be remains of documents",
        )

        def replied(reply: protocol.Reply) -> None:
            self._take(self.raw, reply)
            for _, reason, text in reply.unread:
                self._skip(where, reason, text)
            if not reply.done:
                return
            self.raw_bytes += reply.scanned_bytes
            self.done_bytes += size
            if reply.blank:
                self.blank.add((start, size))
            if reply.opaque_bytes:
                self._skip(where, remains[0], f"{reply.opaque_bytes} bytes {remains[1]}")
            self._tell()

        def failed(reason: str, text: str) -> None:
            self._skip(where, reason, text)

        return Job(protocol.Request(kind="raw", ranges=[(start, size)], encrypted=encrypted), size, replied, failed)

    def found(self) -> Found:
        """Count what was collected."""
        from lossproof.discover import people

        self.paths = self._shown(
            [*(file.path for file in self.files), *(skipped.path for skipped in self.not_examined)]
        )
        self.files.sort(key=lambda file: (file.deleted, file.path, file.order))
        self._strings.clear()  # linking needs the room
        mentions = [mention for file in self.files for mention in file.mentions]
        linked = people.link(mentions)
        holdings: list[FileHolding] = []
        shown: dict[str, bytearray] = defaultdict(lambda: bytearray(linked.people.point))
        unattributed: dict[str, Distinct] = defaultdict(Distinct)
        at = 0
        for file in self.files:
            held, persons = self._file_holding(file, linked.person[at : at + len(file.mentions)], shown)
            at += len(file.mentions)
            if held is not None:
                holdings.append(held)
            if not persons:
                for kind, values in file.leads.items():
                    unattributed[kind].update(values)
        holding = Holding(
            target=self.target,
            people=linked.people,
            people_by_category={category: sum(who) for category, who in sorted(shown.items())},
            identifiers=self._identifiers(self.times, [file.counts for file in self.files]),
            possible=self.possible,
            unattributed={kind: len(values) for kind, values in sorted(unattributed.items())},
            files=tuple(sorted(holdings, key=lambda one: (-one.people, one.path))),
            named_only=linked.named_only,
            not_examined=tuple(
                replace(skipped, path=self.paths.get(skipped.path, skipped.path))
                for skipped in sorted(self.not_examined, key=lambda one: (one.path, one.reason, one.text))
            ),
            scanned=Scanned(
                files=len(self.files),
                bytes=self.read_bytes,
                deleted_files=sum(1 for file in self.files if file.deleted),
            ),
            raw=self._raw_text(),
            rests_on=dict(sorted(linked.rests_on.items())),
            samples=self._samples(),
            not_enforced=self.not_enforced,
            interrupted=self.interrupted,
        )
        return Found(holding=holding, mentions=mentions, blank=frozenset(self.blank), volumes=len(self.volumes))

    def _file_holding(
        self, file: _File, persons: list[int], shown: dict[str, bytearray]
    ) -> tuple[FileHolding | None, set[int]]:
        here = {person for person in persons if person >= 0}
        categories: dict[str, set[int]] = defaultdict(set)
        for mention, person in zip(file.mentions, persons, strict=True):
            if person >= 0:
                for category in mention.categories:
                    categories[category].add(person)
                    shown[category][person] = 1
        if not here and not file.counts:
            return None, here
        holding = FileHolding(
            path=self.paths.get(file.path, file.path),
            people=len(here),
            identifiers={kind: len(values) for kind, values in sorted(file.counts.items())},
            categories={category: len(who) for category, who in sorted(categories.items())},
            size_bytes=file.size_bytes,
            deleted=file.deleted,
            mixed=file.mixed,
        )
        return holding, here

    def _shown(self, paths: list[str]) -> dict[str, str]:
        """Paths as they may be shown: the name of a file can hold an identifier too."""
        doubtful = [] if self.show else [path for path in paths if _MAY_IDENTIFY.search(path)]
        if not doubtful:
            return {}
        from lossproof.discover.mask import mask_texts

        return dict(zip(doubtful, mask_texts(doubtful), strict=True))

    def _identifiers(self, times: Counter[str], counts: list[dict[str, Distinct]]) -> dict[str, IdentifierCount]:
        found: dict[str, IdentifierCount] = {}
        for kind in sorted({kind for count in counts for kind in count}):
            distinct = Distinct()
            for count in counts:
                if kind in count:
                    distinct.update(count[kind])
            found[kind] = IdentifierCount(distinct=len(distinct), mentions=times[kind])
        return found

    def _raw_text(self) -> RawText:
        by_kind: dict[str, set[str]] = defaultdict(set)
        for mention in self.raw.mentions:
            for kind, value in mention.strong:
                by_kind[kind].add(value)
        sizes = [len(values) for values in by_kind.values()]
        most = max(sizes, default=0)
        return RawText(
            people=People(low=most, point=most, high=sum(sizes)),
            identifiers=self._identifiers(self.raw_times, [self.raw.counts]),
            scanned_bytes=self.raw_bytes,
        )

    def _samples(self) -> dict[str, tuple[str, ...]]:
        return (
            {kind: tuple(sorted(values.values())) for kind, values in sorted(self.values.items())} if self.show else {}
        )


def _within(volume: str, path: str) -> str:
    return f"{volume}/{path.lstrip('/')}" if volume and path else volume or path
