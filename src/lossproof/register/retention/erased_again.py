"""What was erased stays erased, also when the store is put back from a copy that was made before.

A list outside the store, `STORE.keys/erased`, has a line for each erasure: when, of what sort, a random id or digest, the rule. It
says nothing of anybody. Each sweep erases again what the list has and the store has not, then adds what the store has erased.
Trust: whoever takes the list away makes an old copy bring back what was erased after it; whoever adds a line has a thing erased.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from lossproof.errors import FormatError, StoreError
from lossproof.ledger.erasable import KeptManifest, Opened, behind, erase, manifest_of
from lossproof.ledger.new_file import sync_folder
from lossproof.ledger.store import Ledger
from lossproof.register.accounts.models import Account
from lossproof.register.custody.models import SignedText
from lossproof.register.retention.kind import Ground
from lossproof.register.retention.models import Erasure
from lossproof.register.retention.people import WHAT as PERSON
from lossproof.register.retention.people import forget

FILE = "erased"
"""Its name in the folder of the keys."""

_VALUE, _LIST, _TEXT = "value", "list", "text"
_LINE = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z) (accounts|value|list|text) ([0-9a-f]{32,64}) ([a-z][a-z0-9_]{0,63})"
)


class Gone(NamedTuple):
    """One line of the list."""

    at: str
    what: str
    key: str
    rule: str


def erase_again(ledger: Ledger, *, dry_run: bool = False) -> int:
    """Erase what the list has and the store has not; how many things. Raises `FormatError` for a list that is not ours,
    `StoreError` where it cannot be read."""
    back = [one for one in read_list(_path(ledger)) if _is_back(ledger, one)]
    if not dry_run:
        for one in back:
            with ledger.database.transaction():
                _erase(ledger, one)
    return len(back)


def note_erased(ledger: Ledger) -> int:
    """Add to the list what the store has erased and the list has not; how many lines. Raises as `erase_again`."""
    path = _path(ledger)
    listed = {(one.what, one.key) for one in read_list(path)}
    new = [one for one in _erased(ledger) if (one.what, one.key) not in listed]
    if new:
        _add(path, new)
    return len(new)


def read_list(path: Path) -> list[Gone]:
    """The lines of the list; none where there is no list yet. Raises as `erase_again`."""
    try:
        text = path.read_text("ascii")
    except FileNotFoundError:
        return []
    except (OSError, ValueError):
        raise StoreError(f"cannot read {path}") from None
    # A power cut may have cut the last line off; the next sweep writes it again.
    whole = text[: text.rfind("\n") + 1].splitlines()
    found = [_LINE.fullmatch(line) for line in whole]
    if None in found:
        raise FormatError(f"{path}: line {found.index(None) + 1} is not one of an erasure")
    return [Gone(*match.groups()) for match in found if match is not None]


def _path(ledger: Ledger) -> Path:
    outside = ledger.publisher.outside
    if outside is None:
        raise StoreError("the folder of the store's keys is not known", hint="name it with --keys")
    return outside.path.with_name(FILE)


def _is_back(ledger: Ledger, one: Gone) -> bool:
    if one.what == PERSON:
        return Account.objects.filter(id=one.key).exclude(email=None, name="").exists()
    if one.what == _TEXT:
        return SignedText.objects.filter(digest=one.key, erased_at=None).exists()
    if one.what == _VALUE:
        return isinstance(behind(ledger.database, one.key), Opened)
    return isinstance(manifest_of(ledger.database, one.key), KeptManifest)


def _erase(ledger: Ledger, one: Gone) -> None:
    at = datetime.fromisoformat(one.at)
    if one.what == PERSON:
        forget(Account.objects.get(id=one.key), Ground(one.rule, at))
    elif one.what == _TEXT:
        SignedText.objects.filter(digest=one.key).update(text="", salt="", erased_at=at, rule=one.rule)
    else:
        erase(ledger.database, one.key, one.rule, at)


def _erased(ledger: Ledger) -> Iterator[Gone]:
    for erasure in Erasure.objects.filter(what=PERSON).order_by("id"):
        yield Gone(_moment(erasure.erased_at), PERSON, erasure.key, erasure.rule)
    texts = SignedText.objects.exclude(erased_at=None).order_by("digest").values_list("erased_at", "digest", "rule")
    yield from (Gone(_moment(at), _TEXT, digest, rule) for at, digest, rule in texts if at is not None)
    for what, table in ((_VALUE, "ledger_erasable"), (_LIST, "ledger_manifest")):
        rows = ledger.database.execute(
            f"SELECT erased_at, digest, rule FROM {table} WHERE erased_at IS NOT NULL ORDER BY erased_at, digest"  # noqa: S608
        )
        yield from (Gone(at, what, digest, rule) for at, digest, rule in rows)


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"


def _add(path: Path, new: Iterable[Gone]) -> None:
    try:
        text = path.read_text("ascii") if path.exists() else ""
        whole = text[: text.rfind("\n") + 1] + "".join(f"{' '.join(one)}\n" for one in new)
        temporary = path.with_name(f"{FILE}.new")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(whole)
            file.flush()
            os.fsync(descriptor)
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror or 'the system refused'}") from None
