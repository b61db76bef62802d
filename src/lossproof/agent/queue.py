"""What is still to be sent to the register: one file a look, in order, each whole or not there; receipts and refusals after that.

    queue/000000000001.json     facts, values, manifests as the API takes them, and the medium that is to be remembered
    refused/000000000001.json   the same with the register's reasons: nothing is thrown away because somebody said no
    receipts/2026-11.jsonl      a line a fact that the register has

What is put in is on the disk before anything is said of it. At most 10,000 looks and 1 GiB wait; the oldest are kept, and one
more is refused. Numbers only grow, so that the medium of a look whose file is there, and which the state does not know yet because of
a power cut, is found by its number.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from lossproof.agent.state import Media, State, put_whole
from lossproof.errors import StoreError
from lossproof.jobs.reporting import KnownMedium, Report
from lossproof.ledger.new_file import sync_folder, write_new
from lossproof.wire.checkin import OutcomeGiven, Value

MOST_LOOKS = 10_000
MOST_QUEUED_BYTES = 1 << 30
_MOST_FILE_BYTES = 16 << 20


class Waiting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One look that is to be sent."""

    device: str
    facts: tuple[bytes, ...]
    values: tuple[Value, ...] = ()
    manifests: tuple[bytes, ...] = ()
    medium: KnownMedium | None = None


class _Refused(msgspec.Struct, frozen=True):
    look: Waiting
    outcomes: tuple[OutcomeGiven, ...]
    said: str


class Queue:
    """The queue of a state folder. Every method raises `StoreError` where the folder cannot be used."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._folder = state.path / "queue"

    def numbers(self) -> list[int]:
        """The numbers of what waits, the oldest first."""
        return sorted(int(name[:12]) for name, _ in self._files())

    def known(self) -> Media:
        """The media that are known, those of looks that were queued just before a power cut among them. Hold the state's lock."""
        media = self._state.media()
        for number in self.numbers():
            if number > media.through:
                waiting = self.read(number)
                new = [waiting.medium] if waiting is not None and waiting.medium is not None else []
                media = self._state.remember(media, *new, through=number)
        return media

    def put(self, report: Report, known: Media) -> int:
        """Keep a report to be sent, and what is to be remembered of its medium; its number. Hold the state's lock since `known` was
        read. Raises `StoreError` where too much waits."""
        waiting = Waiting(
            device=report.device,
            facts=report.batch.facts,
            values=report.batch.values,
            manifests=report.batch.manifests,
            medium=report.medium,
        )
        content = msgspec.json.encode(waiting)
        files = list(self._files())
        if len(files) >= MOST_LOOKS or sum(size for _, size in files) + len(content) > MOST_QUEUED_BYTES:
            raise StoreError(
                f"{len(files):,} looks wait to be sent, and there is room for no more: this one is not recorded",
                hint="see why the register cannot be reached: `lossproof agent once`",
            )
        number = max([known.through, *(int(name[:12]) for name, _ in files)]) + 1
        self._folder_of("queue")
        write_new(self._path(number), content, 0o600)
        self._state.remember(known, *([report.medium] if report.medium else []), through=number)
        return number

    def read(self, number: int) -> Waiting | None:
        """One look, or None where its file is damaged, which is then put aside: it must not hold up the others."""
        path = self._path(number)
        try:
            with path.open("rb") as file:
                content = file.read(_MOST_FILE_BYTES)
            return msgspec.json.decode(content, type=Waiting)
        except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, RecursionError):
            path.replace(self._folder_of("refused") / f"{number:012}.damaged")
            return None
        except OSError as error:
            raise _unusable(path, error) from None

    def done(self, number: int, outcomes: Sequence[OutcomeGiven]) -> None:
        """Keep the receipts of a look whose facts the register has, and take it from the queue."""
        folder = self._folder_of("receipts")
        lines = b"".join(msgspec.json.encode(one) + b"\n" for one in outcomes)
        path = folder / f"{datetime.now(UTC):%Y-%m}.jsonl"
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            with os.fdopen(descriptor, "ab") as file:
                file.write(lines)
                file.flush()
                os.fsync(descriptor)
        except OSError as error:
            raise _unusable(path, error) from None
        self._drop(number)

    def refused(self, number: int, waiting: Waiting, outcomes: Sequence[OutcomeGiven], said: str = "") -> None:
        """Put a look of which the register did not take all aside, with its reasons."""
        content = msgspec.json.encode(_Refused(look=waiting, outcomes=tuple(outcomes), said=said))
        put_whole(self._folder_of("refused") / f"{number:012}.json", content)
        self._drop(number)

    def _drop(self, number: int) -> None:
        try:
            self._path(number).unlink(missing_ok=True)
            sync_folder(self._folder)
        except OSError as error:
            raise _unusable(self._folder, error) from None

    def _files(self) -> Iterator[tuple[str, int]]:
        """The names of what waits, and their sizes."""
        try:
            with os.scandir(self._folder) as entries:
                for entry in entries:
                    if len(entry.name) == 17 and entry.name[:12].isdecimal() and entry.name.endswith(".json"):
                        yield entry.name, entry.stat(follow_symlinks=False).st_size
        except FileNotFoundError:
            return
        except OSError as error:
            raise _unusable(self._folder, error) from None

    def _folder_of(self, name: str) -> Path:
        folder = self._state.path / name
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise _unusable(folder, error) from None
        return folder

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:012}.json"


def _unusable(path: Path, error: OSError) -> StoreError:
    return StoreError(f"{path} cannot be used: {error.strerror or 'the system refused'}")
