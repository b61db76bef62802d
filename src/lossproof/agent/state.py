"""What a reporter keeps on its machine: its key, where it was enrolled, the media it knows, what is still to be sent, receipts.

    STATE/                  0700, of the user that reports
      reporter.key          its key: PKCS#8 PEM, bare (an agent's, 0600) or inside an age file under a passphrase (a person's)
      reporter.key.pub      the public half
      register.json         the register's address, and what enrolment gave
      media.json            the media that it has registered, by their random ids; serial numbers in clear
      queue/ refused/ receipts/ ...   `agent.queue`

Every file is whole or as it was before, also after a power cut. Trust: whoever reads the folder can sign as this reporter and
learns which media it has seen; whoever writes it can stop the reports, or have media registered again. Neither can change what
the register has. Left out: keys on tokens.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from lossproof.errors import FormatError, InputError, StoreError
from lossproof.jobs.reporting import KnownMedium
from lossproof.ledger.keys import PrivateKey, Secret, open_key, parse_private, public_path, public_text, save_key
from lossproof.ledger.new_file import sync_folder, write_new
from lossproof.wire.checkin import Enrolment

KEY, ENROLMENT, MEDIA, LOCK = "reporter.key", "register.json", "media.json", "lock"
_MOST_BYTES = 64 << 20
Shape = TypeVar("Shape", bound=msgspec.Struct)
_AGE = b"-----BEGIN AGE ENCRYPTED FILE-----\n"


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a reporter is enrolled: the register's address, and what it said then."""

    url: str
    enrolment: Enrolment


class Media(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The media that are known. `through` is the newest number of the queue whose medium is among them; `looked_at` when the last
    look on schedule began, in seconds since 1970."""

    media: tuple[KnownMedium, ...] = ()
    through: int = 0
    looked_at: float = 0.0


class State:
    """A state folder. Everything but `begin` raises `InputError` where it is not there, `StoreError` where it cannot be used,
    `FormatError` where a file in it is not ours."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def begin(self) -> None:
        """Make the folder. Raises `InputError` where a reporter is enrolled in it already."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise self._unusable(error) from None
        self.require_private()
        if (self.path / ENROLMENT).exists():
            raise InputError(
                f"{self.path} holds a reporter that is enrolled already",
                hint="name another folder with --state, or move this one away",
            )

    def require(self) -> None:
        """Return if a reporter is enrolled here, and nobody else can read it."""
        if not (self.path / ENROLMENT).is_file():
            raise InputError(
                f"no reporter is enrolled in {self.path}",
                hint="enrol one with a code from the register: `lossproof agent enrol URL`",
            )
        self.require_private()

    def require_private(self) -> None:
        """Return if the folder is the user's own and closed to others."""
        try:
            there = self.path.stat()
        except OSError as error:
            raise self._unusable(error) from None
        if there.st_uid != os.geteuid():
            raise StoreError(f"{self.path} belongs to another user", hint="run as that user, or name another folder")
        if there.st_mode & 0o077:
            raise StoreError(f"{self.path} is open to others", hint=f"close it: chmod 700 {self.path}")

    @contextlib.contextmanager
    def locked(self, name: str = LOCK, *, wait: bool = True) -> Iterator[bool]:
        """Hold one of the folder's locks; False, at once, where another program has it and we do not `wait`."""
        try:
            descriptor = os.open(self.path / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise self._unusable(error) from None
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
                return
            yield True
        finally:
            os.close(descriptor)

    # The key

    def make_key(self, passphrase: Secret | None) -> PrivateKey:
        """The key of this reporter: the one that an enrolment which came to nothing has left, or a new one."""
        path = self.path / KEY
        if path.exists():
            return self.key(lambda: passphrase if passphrase is not None else Secret(""))
        key = PrivateKey.generate()
        if passphrase is not None:
            save_key(path, key, passphrase)
        else:
            write_new(public_path(path), public_text(key.public).encode("ascii"), 0o644)
            write_new(path, key.ed25519.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), 0o600)
        return key

    def key(self, passphrase: Callable[[], Secret]) -> PrivateKey:
        """The key, its passphrase asked for only where it has one."""
        content = self._read(KEY)
        return open_key(self.path / KEY, passphrase()) if content.startswith(_AGE) else parse_private(content)

    # The enrolment

    def enrolled(self, place: Place) -> None:
        """Remember where the reporter is enrolled."""
        put_whole(self.path / ENROLMENT, msgspec.json.encode(place))

    def place(self) -> Place:
        """Where the reporter is enrolled."""
        return _decoded(self._read(ENROLMENT), Place, ENROLMENT)

    # The media

    def media(self) -> Media:
        """What is known of media. Hold the lock."""
        if not (self.path / MEDIA).exists():
            return Media()
        return _decoded(self._read(MEDIA), Media, MEDIA)

    def remember(self, before: Media, *media: KnownMedium, through: int | None = None) -> Media:
        """Add or replace what is known of media; `through` is the number of the queue by which they were known. Hold the lock."""
        kept = {one.device: one for one in (*before.media, *media)}
        after = msgspec.structs.replace(
            before, media=tuple(kept.values()), through=before.through if through is None else through
        )
        if after != before:
            put_whole(self.path / MEDIA, msgspec.json.encode(after))
        return after

    def forget(self, device: str) -> None:
        """Know a medium no longer: the register does not know it by this id, or says that it has ended. Hold the lock."""
        before = self.media()
        after = msgspec.structs.replace(before, media=tuple(one for one in before.media if one.device != device))
        if after != before:
            put_whole(self.path / MEDIA, msgspec.json.encode(after))

    def looked(self, at: float) -> None:
        """Remember when a look on schedule began."""
        with self.locked():
            put_whole(self.path / MEDIA, msgspec.json.encode(msgspec.structs.replace(self.media(), looked_at=at)))

    def _read(self, name: str) -> bytes:
        path = self.path / name
        try:
            with path.open("rb") as file:
                content = file.read(_MOST_BYTES + 1)
        except FileNotFoundError:
            raise InputError(f"there is no {path}", hint="enrol a reporter: `lossproof agent enrol URL`") from None
        except OSError as error:
            raise self._unusable(error) from None
        if len(content) > _MOST_BYTES:
            raise FormatError(f"{path} is too long")
        return content

    def _unusable(self, error: OSError) -> StoreError:
        return StoreError(f"{self.path} cannot be used: {error.strerror or 'the system refused'}")


def put_whole(path: Path, content: bytes) -> None:
    """Durably put `content` in place of what was there, 0600: after a crash the file holds one or the other, whole. Raises
    `StoreError`."""
    try:
        descriptor, name = tempfile.mkstemp(prefix=".new-", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(descriptor)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror or 'the system refused'}") from None


def _decoded(content: bytes, shape: type[Shape], name: str) -> Shape:
    try:
        return msgspec.json.decode(content, type=shape)
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, RecursionError):
        raise FormatError(f"{name} of the state folder is damaged") from None
