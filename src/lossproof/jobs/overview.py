"""What a ledger knows, at a glance: how far it is covered, and its organisations, keys, manifest recipients and devices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lossproof.jobs.enrolling import organisation_names
from lossproof.ledger.erasable import Erased, behind
from lossproof.ledger.keys import fingerprint
from lossproof.ledger.registered import RegisteredDevice
from lossproof.ledger.store import Ledger
from lossproof.model.facts.registration import IdentifierScheme

NAMED = (IdentifierScheme.SERIAL.value, IdentifierScheme.ASSET_TAG.value)
"""The schemes whose values are kept where they can be erased."""

_PAGE = 1000


def overview(ledger: Ledger) -> dict[str, Any]:
    """As `ledger show --json` prints it. `ended` and `compromised` are leaves; `covered` is the size of the newest checkpoint."""
    with ledger.database.snapshot():
        projection, reader = ledger.projection, ledger.reader
        newest, names = reader.newest_checkpoint(), organisation_names(ledger)
        return {
            "origin": ledger.log.origin,
            "log_key": fingerprint(ledger.log.public),
            "size": reader.size,
            "covered": newest.size if newest else 0,
            "read_only": ledger.behind or None,
            "organisations": [
                {
                    "id": one.subject,
                    "relation": one.relation.value,
                    "name": names.get(one.subject),
                    "ended": one.ended,
                }
                for one in projection.organisations()
            ],
            "keys": [
                {
                    "fingerprint": key.fingerprint,
                    "role": key.role.value,
                    "organisation": key.organisation,
                    "ended": key.ended,
                    "compromised": key.compromised,
                }
                for key in projection.enrolled_keys()
            ],
            "recipients": [{"recipient": one.recipient, "ended": one.ended} for one in projection.recipients()],
            "devices": [
                {
                    "id": one.subject,
                    "kind": one.kind,
                    "organisation": one.organisation,
                    "identifiers": identifiers(ledger, one),
                    "ended": one.ended,
                }
                for one in _devices(ledger)
            ],
        }


def identifiers(ledger: Ledger, device: RegisteredDevice) -> list[dict[str, str | None]]:
    """What a device is called: each identifier's scheme and digest, its value where that is kept and not erased, and when it was
    erased."""
    listed = []
    for scheme, digest in device.identifiers:
        kept = behind(ledger.database, digest) if scheme in NAMED else None
        erased = kept if isinstance(kept, Erased) else None
        value = None if kept is None or isinstance(kept, Erased) else kept.value
        listed.append(
            {"scheme": scheme, "digest": digest, "value": value, "erased_at": erased.erased_at if erased else None}
        )
    return listed


def _devices(ledger: Ledger) -> Iterator[RegisteredDevice]:
    after = ""
    while page := ledger.projection.devices(after, _PAGE):
        yield from page
        after = page[-1].subject
