"""Which rules hold from when on, into the log. The text of the rules is the caller's to keep, in the same transaction."""

from __future__ import annotations

import hashlib
from datetime import datetime

from lossproof.errors import InputError
from lossproof.jobs.stating import Speaker, controller, require_person, signed
from lossproof.ledger.log import Writer
from lossproof.ledger.reading import Reader
from lossproof.ledger.store import moment
from lossproof.model.facts.policy import Policy
from lossproof.policy.rules import parse_rules
from lossproof.wire.facts import subject_of


def adopt(writer: Writer, speaker: Speaker, text: bytes, effective_at: datetime | None = None) -> int:
    """State that the rules of this TOML text hold from `effective_at` on (with a time zone; None: now); the number of the version.

    Raises `FormatError` or `UnsupportedError` for a text that is no rules, `InputError` where they would hold from a time that is past
    (what was decided by other rules stays decided by them), or where the person who decides is not registered.
    """
    parse_rules(text)
    if speaker.by is not None:
        require_person(writer.projection, speaker.by)
    now = moment(writer.clock)
    begins = now if effective_at is None else moment(lambda: effective_at)
    if begins < now:
        raise InputError("rules hold from now on, or from a later day", hint="leave the day out, or give a later one")
    home = controller(writer.projection)
    version = last_version(writer.reader, home) + 1
    fact = Policy(
        true_at=now,
        version=version,
        rules=hashlib.sha256(text).hexdigest(),
        effective_at=begins,
        by=speaker.by,
        authenticated=speaker.authenticated,
    )
    writer.append(signed(speaker.key, fact, subject_of(home)))
    return version


def last_version(reader: Reader, home: str) -> int:
    """The highest number that a version of the rules of this organisation ever had, withdrawn ones too; 0 where there was none."""
    stated = (reader.statement(leaf.entry.digest).predicate for leaf in reader.chain(home))
    return max((fact.version for fact in stated if isinstance(fact, Policy)), default=0)
