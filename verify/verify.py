#!/usr/bin/env python3
"""Verify an evidence pack of lossproof: one file, offline, without trusting who made it.

    python verify.py PACK --trust POLICY [--since CHECKPOINT] [--authority CERTIFICATE]... [--json]

It needs Python 3.11, the package `cryptography` (42 or later), and nothing of lossproof. It is written from one page, the format
of the evidence pack (docs/reference/evidence-pack.md; "step 7" is a step of that page), so that programs by different hands
have to agree. It reads from top to bottom: bytes and JSON, the tree, keys and notes, the trust policy, envelopes, time stamps,
and then `Pack`, whose methods are the steps in their order. `Pack.STEPS` lists them.

Specifications: C2SP signed-note, tlog-checkpoint, tlog-cosignature, tlog-policy, tlog-proof; RFC 6962 section 2.1 (the tree);
DSSE and in-toto Statement v1; RFC 3161 and RFC 5652 (time stamps). Left out: what the fields of a fact may hold beyond what
the steps ask (lossproof itself checks all of them); of time stamps revocation, name constraints and certificate policies.

Exit status: 0 verified; 1 self-consistent only, or incomplete; 12 refused; 10 the policy or a certificate cannot be read;
16 a file cannot be read; 2 wrong usage. No message quotes the pack: it may hold personal data.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import struct
import sys
import warnings
import zlib
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID

Json = Any

MEBIBYTE = 1 << 20
TEN_MINUTES = timedelta(minutes=10)
YEAR_10000 = 253_402_300_800  # POSIX seconds: what comes then cannot be written
MOST_LEAVES = 999_999_999


class WrongError(ValueError):
    """Something is malformed, or does not hold. The message is our own, never the pack's."""


class UnreadableError(Exception):
    """The trust policy or a certificate that the user gave cannot be read: there is no result at all."""


def need(condition: object, message: str) -> None:
    """Refuse unless the condition holds."""
    if not condition:
        raise WrongError(message)


def matched(pattern: str, text: str, what: str) -> tuple[str, ...]:
    """The groups of a pattern that must match all of a text."""
    found = re.fullmatch(pattern, text)
    if found is None:
        raise WrongError(f"{what} is not of its form")
    return tuple(one or "" for one in found.groups())


# === Bytes and JSON (the page: "Words") ==============================================================================


def sha256(*parts: bytes) -> bytes:
    """SHA-256 of the parts, one after another."""
    return hashlib.sha256(b"".join(parts)).digest()


def unbase64(text: str) -> bytes:
    """The bytes that `text` spells (RFC 4648 section 4), in the one way that encoding them gives."""
    raw = base64.b64decode(text, validate=True)
    need(base64.b64encode(raw).decode() == text, "base64 that is not canonical")
    return raw


def hash_lines(lines: Sequence[str]) -> list[bytes]:
    """The hashes of a proof, one in base64 on each line."""
    found = [unbase64(line) for line in lines]
    need(all(len(one) == 32 for one in found), "a proof that is not made of hashes")
    return found


def canonical(raw: bytes, shape: Json, what: str) -> Json:
    """The value in canonical JSON (RFC 8785, ASCII, whole numbers): written again it is the same bytes. It has the shape given."""

    def no_number(_: str) -> None:
        raise WrongError("a number that is not whole")

    try:
        value = json.loads(raw.decode("ascii"), parse_float=no_number, parse_constant=no_number)
        again = json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")
    except (ValueError, RecursionError):
        raise WrongError(f"{what} is not JSON of whole numbers") from None
    need(again == raw, f"{what} is not canonical JSON")
    need(fits(value, shape), f"{what} does not have the fields that it should")
    return value


def fits(value: Json, shape: Json) -> bool:
    """Whether a value has a shape: a pattern (a string that it matches), a range (a whole number in it), a dictionary (exactly
    these keys), a list (any number of its one item), a tuple (one of these shapes), a function, or the very value."""
    match shape:
        case re.Pattern():
            return type(value) is str and shape.fullmatch(value) is not None
        case range():
            return type(value) is int and value in shape
        case dict():
            return type(value) is dict and value.keys() == shape.keys() and all(fits(value[k], shape[k]) for k in shape)
        case list():
            return type(value) is list and all(fits(item, shape[0]) for item in value)
        case tuple():
            return any(fits(value, one) for one in shape)
    return bool(shape(value)) if callable(shape) else type(value) is type(shape) and value == shape


def anything(_: Json) -> bool:
    """The shape of a field that no step looks into."""
    return True


def timed(fraction: str) -> Callable[[Json], bool]:
    """The shape of a time from 2020 to 2099, RFC 3339 in UTC."""
    form = re.compile(r"20[2-9]\d-\d\d-\d\dT([01]\d|2[0-3]):\d\d:\d\d" + fraction + "Z", re.ASCII)

    def is_time(value: Json) -> bool:
        try:
            return type(value) is str and form.fullmatch(value) is not None and bool(datetime.fromisoformat(value))
        except ValueError:
            return False

    return is_time


ID, DIGEST = re.compile("[0-9a-f]{32}"), re.compile("[0-9a-f]{64}")
TEXT, ORIGIN = re.compile("[ -~]*"), re.compile("lossproof/[0-9a-f]{32}")
INDEX = range(MOST_LEAVES + 1)
SECONDS, MILLISECONDS = timed(""), timed(r"\.\d\d\d")
MANIFEST = {
    "device": ID,
    "heads": range(1, MOST_LEAVES),
    "made_at": SECONDS,
    "members": [{"name": TEXT, "sha256": DIGEST, "size": range(64 * MEBIBYTE + 1)}],
    "origin": ORIGIN,
    "size": range(2, MOST_LEAVES + 1),
    "tool": re.compile(r"lossproof \d{1,3}\.\d{1,3}\.\d{1,3}", re.ASCII),
    "v": 1,
}
ENVELOPE = {"payload": TEXT, "payloadType": TEXT, "signatures": [{"keyid": DIGEST, "sig": TEXT}]}
STATEMENT = {
    "_type": "https://in-toto.io/Statement/v1",
    "predicate": lambda value: type(value) is dict,
    "predicateType": re.compile("urn:lossproof:[a-z_]{1,40}:v1"),
    "subject": [{"digest": {"sha256": DIGEST}, "name": ID}],
}
ENTRY = {"about": (ID, None), "digest": DIGEST, "kind": ("fact", "heads"), "known_at": MILLISECONDS}
ENTRY |= {"previous": (INDEX, None), "v": 1}
TAIL = {"from": INDEX, "peaks": [DIGEST]}
PLACE = {"last": INDEX, "path": [DIGEST], "position": INDEX, "subject": ID}
PRESENT = PLACE | {"count": INDEX}
ABSENT = {"count": INDEX, "last": None, "left": (PLACE, None), "right": (PLACE, None), "subject": ID}
NAME_KINDS = ("asset_tag", "organisation", "serial")
NAMES = [{"digest": DIGEST, "kind": NAME_KINDS, "salt": ID, "value": lambda value: type(value) is str}]

# The kinds of facts (docs/reference/facts.md): the roles whose keys may state one, and the fields.
ROLES = ("owner", "inspector", "agent", "importer", "auditor", "decider", "register")
OBSERVERS = {"inspector", "agent", "importer", "auditor"}
ENROLLED_BY_REGISTERS = {"agent", "inspector", "importer"}  # the roles whose keys a register enrols and ends
SIGNERS: dict[str, set[str]] = {
    "genesis": set(),  # leaf 0 alone
    "registration": {"owner"},  # of most things also a register, of a device also an observer: `Fact.roles`
    "inspection": OBSERVERS,  # one that is only reported: also a register
    "holding": OBSERVERS,
    "retraction": set(ROLES),  # step 14 says who of them
    "compromise": {"owner", "decider"},
    "replay": {"auditor"},
    "custody": {"owner", "register"},
    "request": {"owner", "register"},
    "policy": {"owner", "decider", "register"},
}
METHOD = ("read", "reported", "examined")
RELATION = ("controller", "processor", "auditor", "regulator")
DUTY = ("governance_lead", "it", "staff", "contractor", "auditor", "regulator")
AUTHENTICATED = {
    "link": "who had a one-time link",
    "password": "who gave a password",
    "totp": "who gave a password and a one-time code",
    "passkey": "who used a passkey",
    "sign_on": "whom another system signed in",
    "key": "who used a signing key",
}
SPEAKS_FOR = {"by": (None, ID), "authenticated": tuple(AUTHENTICATED)}  # a person, or nobody who is known
EVENTS = (
    *("offered", "accepted", "declined", "returned", "restocked", "transferred"),
    *("sighted", "missing", "found", "quarantined", "wiped", "destroyed"),
)
IDENTIFIER = {"digest": DIGEST, "scheme": ("header_sha256", "volume_uuid", *NAME_KINDS[::2])}
SEEN = ("access", "bytes_read", "disagreements", "header", "layers", "serial", "shown", "size_bytes", "table", "tool")
HELD = {"exposed", "files", "identifiers", "interrupted", "manifest", "named_only", "not_examined", "people"}
HELD |= {"people_by_category", "possible", "raw", "rules", "scan", "tool", "unattributed"}
EARLIER_LOG = {"origin": ORIGIN, "root": DIGEST, "size": INDEX}
GENESIS = {"origin": ORIGIN, "log_key": DIGEST, "owner_key": DIGEST, "owner": ID, "organisation": ID}
THINGS = {
    "organisation": (None, {"name": (None, DIGEST), "relation": RELATION}),
    "device": (None, {"identifiers": [IDENTIFIER], "kind": TEXT, "organisation": ID}),
    "key": (
        None,
        {"organisation": ID, "person": (None, ID), "public_key": DIGEST, "replaces": (None, ID), "role": ROLES},
    ),
    "person": (None, {"duties": [DUTY], "organisation": ID}),
    "exception": (None, {"approver": ID, "device": ID, "organisation": ID, "reason": TEXT, "until": SECONDS}),
    "recipient": (None, TEXT),
}
FIELDS: dict[str, dict[str, Json]] = {
    "genesis": GENESIS | {"recipient": anything, "earlier": (None, EARLIER_LOG)},
    "registration": THINGS | {"action": ("created", "changed", "ended")},
    "inspection": dict.fromkeys(SEEN, anything) | {"method": METHOD},
    "holding": dict.fromkeys(HELD, anything) | {"method": METHOD},
    "retraction": {"leaf": INDEX, "envelope": DIGEST, "reason": TEXT},
    "compromise": {"fingerprint": DIGEST, "reason": TEXT},
    "replay": {"tool": TEXT, "size": INDEX, "root": DIGEST},
    "custody": SPEAKS_FOR
    | dict.fromkeys(("to", "organisation", "handover", "exception"), (None, ID))
    | dict.fromkeys(("text", "proof"), (None, DIGEST))
    | {"event": EVENTS, "reason": (None, TEXT)},
    "request": SPEAKS_FOR
    | {"request": ID, "ask": ("encrypt", "does_not_encrypt"), "due_at": SECONDS, "outcome": (None, TEXT)},
    "policy": SPEAKS_FOR | {"version": range(1, 1_000_000), "rules": DIGEST, "effective_at": SECONDS},
}


# === The tree: RFC 6962 section 2.1 ==================================================================================


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry."""
    return sha256(b"\x00", entry)


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return sha256(b"\x01", left, right)


def root_by_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root that an inclusion path leads to (RFC 9162 section 2.1.3.2)."""
    need(index < size, "a leaf beyond its tree")
    at, last, root = index, size - 1, leaf
    for sibling in path:
        need(last > 0, "a path that is too long")
        if at & 1 or at == last:
            root = node_hash(sibling, root)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        at, last = at >> 1, last >> 1
    need(last == 0, "a path that is too short")
    return root


def check_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """That the tree of size `new` begins with the one of size `old` (RFC 9162 section 2.1.4.2); 1 <= old <= new."""
    if old == new:
        need(not proof and old_root == new_root, "two roots for one size")
        return
    path = list(proof) if old & (old - 1) else [old_root, *proof]  # a proof leaves out the root of a full tree
    need(path, "a consistency proof that is empty")
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first = second = path[0]
    for sibling in path[1:]:
        need(last > 0, "a consistency proof that is too long")
        if at & 1 or at == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        at, last = at >> 1, last >> 1
    need((last, first, second) == (0, old_root, new_root), "a consistency proof that does not hold")


def roots_by_peaks(
    peaks: Sequence[bytes], size: int, leaves: Sequence[bytes], wanted: Collection[int]
) -> dict[int, bytes]:
    """The roots of the sizes wanted, when leaf hashes are appended to a tree of `size` leaves of which only the peaks are known:
    its perfect subtrees, largest first. A size below that, or beyond the leaves, has none here."""
    stack, roots = list(peaks), {}
    for count in range(size, size + len(leaves) + 1):
        if count in wanted:
            root = stack[-1]
            for peak in stack[-2::-1]:
                root = node_hash(peak, root)
            roots[count] = root
        if count < size + len(leaves):
            node, rest = leaves[count - size], count
            while rest & 1:  # each bit of the size that is set is a peak: two of one height make one of the next
                node, rest = node_hash(stack.pop(), node), rest >> 1
            stack.append(node)
    return roots


# === Keys and signed notes: C2SP signed-note, tlog-checkpoint, tlog-cosignature ======================================

LOG, COSIGNER, LATTICE_COSIGNER = 1, 4, 6  # Ed25519, Ed25519 with a time, ML-DSA-44 with a time
KEY_BYTES = {LOG: 32, COSIGNER: 32, LATTICE_COSIGNER: 1312}
KEY_NAME = r"[^\s+\x00-\x1f]+"
FIELD = 2**255 - 19
ORDER_8 = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
SMALL_ORDER = {0, 1, FIELD - 1, ORDER_8, FIELD - ORDER_8}  # y coordinates


def ed25519(public: bytes) -> Ed25519PublicKey:
    """The key of 32 raw bytes. Refused are a coordinate that is not reduced and the points of small order: a signature by one
    of those holds for many messages."""
    y = int.from_bytes(public, "little") & ((1 << 255) - 1)
    need(len(public) == 32 and y < FIELD and y not in SMALL_ORDER, "a key that nobody signs with")
    return Ed25519PublicKey.from_public_bytes(public)


def ml_dsa_44(public: bytes) -> Any:
    """The key of 1,312 raw bytes, or None where this build of `cryptography` has no ML-DSA-44."""
    try:
        from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

        return MLDSA44PublicKey.from_public_bytes(public)
    except (ImportError, UnsupportedAlgorithm):
        return None


def fingerprint(public: bytes | str) -> str:
    """What people compare: SHA-256 of the raw key, which may be given in hexadecimal."""
    return sha256(bytes.fromhex(public) if isinstance(public, str) else public).hex()


def key_subject(signer: str) -> str:
    """The subject of the key with this fingerprint: what is said of a key is said about it alone, so that it is one chain."""
    return signer[:32]


class Key(NamedTuple):
    """A key as notes know it."""

    name: str
    algorithm: int
    public: bytes

    @property
    def id(self) -> bytes:
        """Four bytes that say which key made a signature: a hint, no proof."""
        return sha256(self.name.encode(), b"\n", bytes([self.algorithm]), self.public)[:4]

    @classmethod
    def read(cls, text: str) -> Key:
        """The key in `name+id+base64`, as policies write it."""
        name, hint, rest = matched(rf"({KEY_NAME})\+([0-9a-f]{{8}})\+(.+)", text, "a key")
        raw = unbase64(rest)
        key = cls(name, raw[0], raw[1:])
        need(KEY_BYTES.get(key.algorithm) == len(key.public), "a key of a type that is not known, or of another length")
        need(key.id.hex() == hint, "a key whose id is not its own")
        if key.algorithm != LATTICE_COSIGNER:
            ed25519(key.public)
        return key

    @property
    def usable(self) -> bool:
        """Whether its signatures can be checked here. Whoever's cannot has not signed."""
        return self.algorithm != LATTICE_COSIGNER or ml_dsa_44(self.public) is not None

    def verify(self, note: Note, signature: bytes) -> int | None:
        """The POSIX time that a cosigner states, None of a log; raises unless the signature holds."""
        if self.algorithm == LOG:
            ed25519(self.public).verify(signature, note.text.encode())
            return None
        at, rest = int.from_bytes(signature[:8], "big"), signature[8:]
        need(rest and at < 1 << 63, "a cosignature without a time")
        if self.algorithm == COSIGNER:
            ed25519(self.public).verify(rest, f"cosignature/v1\ntime {at}\n{note.text}".encode())
            return at
        name, origin = self.name.encode(), note.origin.encode()
        need(len(name) < 256 and len(origin) < 256, "a name that is too long for a cosignature")
        message = b"subtree/v1\n\0" + bytes([len(name)]) + name + at.to_bytes(8, "big") + bytes([len(origin)]) + origin
        ml_dsa_44(self.public).verify(rest, message + struct.pack(">QQ", 0, note.size) + note.root)
        return at


@dataclass(frozen=True)
class Note:
    """A signed checkpoint, nothing verified: its text up to the empty line, what that says, and the signature lines."""

    text: str
    origin: str
    size: int
    root: bytes
    lines: tuple[tuple[str, bytes, bytes], ...]  # key name, key id, signature

    @classmethod
    def read(cls, raw: bytes) -> Note:
        """Take a note apart. The text is exactly origin, size and root hash, a line each."""
        need(len(raw) <= MEBIBYTE, "a checkpoint that is too long")
        text, gap, signatures = raw.decode("utf-8").rpartition("\n\n")
        need(gap and signatures.endswith("\n"), "a checkpoint without signatures")
        form = rf"({KEY_NAME})\n(0|[1-9][0-9]{{0,17}})\n([A-Za-z0-9+/]{{43}}=)"
        origin, size, root = matched(form, text, "the text of a checkpoint")
        lines = signatures[:-1].split("\n")
        need(len(lines) <= 100, "a checkpoint with too many signatures")
        return cls(text + "\n", origin, int(size), unbase64(root), tuple(cls._line(line) for line in lines))

    @staticmethod
    def _line(line: str) -> tuple[str, bytes, bytes]:
        name, rest = matched(rf"\u2014 ({KEY_NAME}) ([A-Za-z0-9+/=]+)", line, "a signature line")
        raw = unbase64(rest)
        need(len(raw) > 4, "an empty signature")
        return name, raw[:4], raw[4:]

    def signed_by(self, keys: Collection[Key]) -> list[tuple[Key, int | None]]:
        """Which of these keys signed, and when by their word. Raises if one of them is named and the signature does not hold."""
        known = {(key.name, key.id): key for key in keys if key.usable}
        lines = [(known[name, hint], signature) for name, hint, signature in self.lines if (name, hint) in known]
        return [(key, key.verify(self, signature)) for key, signature in lines]


# === The trust policy: C2SP tlog-policy. It comes to you by another channel than the pack ============================


@dataclass
class Policy:
    """Whom you believe: logs, witnesses by the policy's names for them, and which of them together are enough."""

    logs: list[Key] = field(default_factory=list)
    witnesses: dict[str, Key] = field(default_factory=dict)
    groups: dict[str, tuple[int, list[str]]] = field(default_factory=dict)
    quorum: str = ""

    @classmethod
    def read(cls, raw: bytes) -> Policy:
        """The policy in a file."""
        need(len(raw) <= MEBIBYTE, "it is longer than a mebibyte")
        need(not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", raw), "it has a control character")
        policy = cls()
        for line in raw.split(b"\n"):
            words = line.strip(b" \t")
            if words and not words.startswith(b"#"):
                policy._take(re.split("[ \t]+", words.decode("utf-8")))
        need(policy.quorum, "it has no quorum line")
        keys = [key.public for key in (*policy.logs, *policy.witnesses.values())]
        need(len(set(keys)) == len(keys), "a key stands in it twice")
        return policy

    def _take(self, words: list[str]) -> None:
        """One line, which can name only what earlier lines define."""
        defined = {"none", *self.witnesses, *self.groups}
        match words:
            case ["log", text, *url] if len(url) <= 1:
                self.logs.append(Key.read(text))
                need(self.logs[-1].algorithm != COSIGNER, "a log's key is a witness's")
            case ["witness", name, text, *url] if len(url) <= 1:
                need(name not in defined, "a name is defined twice")
                self.witnesses[name] = Key.read(text)
                need(self.witnesses[name].algorithm != LOG, "a witness's key is a log's")
            case ["group", name, count, *members] if members:
                need(name not in defined, "a name is defined twice")
                used = {"none"}.union(*(others for _, others in self.groups.values()))
                need(defined - used >= set(members), "a group's member is not defined, or in another group")
                number = {"any": "1", "all": str(len(members))}.get(count, count)
                (number,) = matched("([1-9][0-9]{0,8})", number, "a group's number")
                need(int(number) <= len(set(members)) == len(members), "a group asks for more than its members")
                self.groups[name] = (int(number), members)
            case ["quorum", name] if not self.quorum:
                need(name in defined, "the quorum is not defined")
                self.quorum = name
            case _:
                raise WrongError("a line in it is no log, witness, group or single quorum")

    def satisfied_by(self, names: Collection[str]) -> bool:
        """Whether these witnesses are enough."""
        enough = {"none", *names}
        for name, (threshold, members) in self.groups.items():
            if len(enough.intersection(members)) >= threshold:
                enough.add(name)
        return self.quorum in enough


class Word(NamedTuple):
    """What an outside party says: the log had this size by this time (POSIX seconds). `by` is the policy's name of a witness, or
    the SHA-256 of an authority's certificate."""

    size: int
    at: int
    by: str


def cosigners(note: Note, policy: Policy | None) -> tuple[set[str], set[Word]]:
    """The policy's witnesses that cosigned, and when at first. A time of 0 or beyond the year 9999 counts, and dates nothing."""
    names = {key: name for name, key in policy.witnesses.items()} if policy else {}
    times: dict[str, list[int]] = {}
    for key, at in note.signed_by(names):
        times.setdefault(names[key], []).extend([at] if at and at < YEAR_10000 else [])
    return set(times), {Word(note.size, min(stated), name) for name, stated in times.items() if stated}


# === Envelopes: DSSE and in-toto Statement v1 ========================================================================

FACT_TYPE, MANIFEST_TYPE = "application/vnd.in-toto+json", "application/vnd.lossproof.manifest+json"


@dataclass(frozen=True)
class Envelope:
    """A DSSE envelope with one signature, not verified."""

    payload: bytes
    payload_type: str
    keyid: str
    signature: bytes

    @classmethod
    def read(cls, raw: bytes, payload_type: str) -> Envelope:
        """An envelope around a payload of this type."""
        value = canonical(raw, ENVELOPE, "an envelope")
        need(len(value["signatures"]) == 1, "an envelope without exactly one signature")
        need(value["payloadType"] == payload_type, "an envelope of another payload type")
        signature = value["signatures"][0]
        return cls(unbase64(value["payload"]), payload_type, signature["keyid"], unbase64(signature["sig"]))

    def verify(self, public: bytes) -> None:
        """Raise unless this key signed the pre-authentication encoding of the payload (DSSE protocol)."""
        kind = self.payload_type.encode()
        ed25519(public).verify(
            self.signature, b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(self.payload), self.payload)
        )


@dataclass(frozen=True)
class Fact:
    """A statement: its kind, whom or what it is about, what it says, and the fingerprint of the key that it names as signer."""

    kind: str
    about: tuple[str, ...]
    says: Json
    signer: str

    @classmethod
    def read(cls, envelope: Envelope) -> Fact:
        """The statement in an envelope, with the fields of its kind."""
        statement = canonical(envelope.payload, STATEMENT, "a statement")
        kind, says = statement["predicateType"].split(":")[2], statement["predicate"]
        about = tuple(one["name"] for one in statement["subject"])
        need(1 <= len(about) == len(set(about)) <= 16, "a statement with no subject, one twice, or too many")
        need(kind in FIELDS, "a statement of a kind that is not known")
        need(fits(says, FIELDS[kind] | {"true_at": SECONDS}), "a statement without the fields of its kind")
        if kind == "registration":
            there = sum(says[thing] is not None for thing in THINGS)
            need(there == (says["action"] != "ended"), "a registration of more or less than one thing")
        return cls(kind, about, says, envelope.keyid)

    @property
    def roles(self) -> set[str]:
        """The roles whose keys may state it."""
        more: set[str] = set()
        if self.kind == "registration":
            key = self.says["key"]
            owners = self.says["recipient"] is not None or (key and key["role"] not in ENROLLED_BY_REGISTERS)
            more = (OBSERVERS if self.says["device"] else set()) | (set() if owners else {"register"})
        elif self.says.get("method") == "reported":
            more = {"register"}
        return SIGNERS[self.kind] | more

    def enrols(self) -> tuple[str, list[str]] | None:
        """The fingerprint of the key that it enrols, and whom relying on that key relies on: its subjects, its organisation."""
        if self.kind == "genesis":
            return fingerprint(self.says["owner_key"]), [self.says["owner"], self.says["organisation"]]
        key = self.says["key"] if self.kind == "registration" else None
        return (fingerprint(key["public_key"]), [*self.about, key["organisation"]]) if key else None


# === Time stamps: RFC 3161; certificates: RFC 5280; the signature is that of CMS: RFC 5652 section 5 =================

INTEGER, OCTETS, TIME, SEQUENCE, SET, CONTEXT_0 = 0x02, 0x04, 0x18, 0x30, 0x31, 0xA0
SIGNED_DATA, TST_INFO = bytes.fromhex("06092a864886f70d010702"), bytes.fromhex("060b2a864886f70d0109100104")
CONTENT_TYPE, MESSAGE_DIGEST = bytes.fromhex("06092a864886f70d010903"), bytes.fromhex("06092a864886f70d010904")
CERTIFICATE_V1 = bytes.fromhex("060b2a864886f70d010910020c")  # the signer's certificate by SHA-1: RFC 2634
CERTIFICATE_V2 = bytes.fromhex("060b2a864886f70d010910022f")  # by a better digest: RFC 5035
RSA, RSA_PSS = bytes.fromhex("06092a864886f70d0101"), bytes.fromhex("06092a864886f70d01010a")
ECDSA, ED25519 = bytes.fromhex("06082a8648ce3d0403"), bytes.fromhex("06032b6570")
UNDERSTOOD = (x509.BasicConstraints, x509.KeyUsage, x509.ExtendedKeyUsage)
SHA_2 = bytes.fromhex("06096086480165030402")
HASHES = {SHA_2 + b"\1": hashes.SHA256(), SHA_2 + b"\2": hashes.SHA384(), SHA_2 + b"\3": hashes.SHA512()}
OF_X509 = (x509.ExtensionNotFound, x509.DuplicateExtension, x509.InvalidVersion, x509.UnsupportedGeneralNameType)
NOT_HELD = (ValueError, TypeError, LookupError, OverflowError, InvalidSignature, UnsupportedAlgorithm, *OF_X509)


class Der(NamedTuple):
    """One element of DER: its tag, what is in it, and all of its bytes."""

    tag: int
    body: bytes
    whole: bytes


def der(raw: bytes) -> list[Der]:
    """The elements that stand side by side in `raw`."""
    found, at = [], 0
    while at < len(raw):
        need(at + 2 <= len(raw) and raw[at] & 0x1F != 0x1F, "not DER")
        begin, size = at + 2, raw[at + 1]
        if size > 0x7F:  # that many bytes of length follow, and no more than are needed
            begin, size = begin + size - 0x80, int.from_bytes(raw[begin : begin + size - 0x80], "big")
            need(size > 0x7F and raw[at + 2], "not DER")
        need(begin + size <= len(raw), "DER that is cut short")
        found.append(Der(raw[at], raw[begin : begin + size], raw[at : begin + size]))
        at = begin + size
    return found


def inside(raw: bytes, tag: int = SEQUENCE) -> list[Der]:
    """The elements in the one element that `raw` is."""
    (one,) = der(raw)
    need(one.tag == tag, "DER of another type")
    return der(one.body)


class Authorities:
    """The certificates that you gave, in PEM or DER. Those that are self-signed are believed; others only complete chains."""

    def __init__(self, files: Sequence[bytes]) -> None:
        pem, plain = x509.load_pem_x509_certificates, x509.load_der_x509_certificate
        given = [one for raw in files for one in (pem(raw) if b"-----BEGIN" in raw else [plain(raw)])]
        self.roots = [one for one in given if issued_by(one, one)]
        self.others = [one for one in given if one not in self.roots]
        self.given = bool(given)

    def stamp(self, raw: bytes, note: Note) -> Word:
        """What a TimeStampResp over the text of a checkpoint says. Raises one of NOT_HELD if it does not hold."""
        status, token = inside(raw)
        need(inside(status.whole)[0].whole == b"\2\1\0", "not granted")
        kind, wrapped = inside(token.whole)
        version, digests, content, *optional, signers = inside(inside(wrapped.whole, CONTEXT_0)[0].whole)
        need(version.whole == b"\2\1\3", "signed data of another version")
        content_kind, octets = inside(content.whole)
        (info,) = inside(octets.whole, CONTEXT_0)
        need((kind.whole, content_kind.whole, info.tag) == (SIGNED_DATA, TST_INFO, OCTETS), "not a signed time stamp")
        enclosed = [one.whole for part in optional if part.tag == CONTEXT_0 for one in der(part.body)]
        need(len(enclosed) <= 16, "too many certificates")
        known = [*map(x509.load_der_x509_certificate, enclosed), *self.others]
        at, latest = stamped(info.body, note.text.encode())
        (signer,) = inside(signers.whole, SET)
        certificate = stamp_signer(signer, inside(digests.whole, SET), info.body, known)
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
        only = [ExtendedKeyUsageOID.TIME_STAMPING]
        need(usage.critical and list(usage.value) == only, "not a certificate for time stamps and nothing else")
        return Word(note.size, latest, self.root_of(certificate, at, known))

    def root_of(self, signer: x509.Certificate, at: datetime, known: Sequence[x509.Certificate]) -> str:
        """The fingerprint of the root that the signer leads to by the shortest way, everybody's certificate valid at that time."""
        waiting, seen = [(signer, 0)], {signer}
        for certificate, below in waiting:
            strange = [one for one in certificate.extensions if one.critical and not isinstance(one.value, UNDERSTOOD)]
            if strange or not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
                continue
            if certificate in self.roots:
                return certificate.fingerprint(hashes.SHA256()).hex()
            for issuer in (*self.roots, *known):
                if issuer not in seen and may_issue(issuer, below) and issued_by(certificate, issuer):
                    seen.add(issuer)
                    waiting.append((issuer, below + 1))
        raise WrongError("a stamp by nobody whom you named")


def issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether the issuer's name and key are those that the certificate was signed with."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except NOT_HELD:
        return False
    return True


def may_issue(certificate: x509.Certificate, below: int) -> bool:
    """Whether it is an authority's certificate that may have so many authorities below it (RFC 5280 section 4.2.1)."""
    try:
        extensions = {type(one.value): one.value for one in certificate.extensions}
    except NOT_HELD:
        return False
    basic, usage = extensions.get(x509.BasicConstraints), extensions.get(x509.KeyUsage)
    return (
        isinstance(basic, x509.BasicConstraints)
        and basic.ca
        and (basic.path_length is None or below <= basic.path_length)
        and (not isinstance(usage, x509.KeyUsage) or usage.key_cert_sign)
    )


def stamped(info: bytes, message: bytes) -> tuple[datetime, int]:
    """The time in a TSTInfo (RFC 3161 section 2.4.2) over the message; and the latest time that it can mean, by its accuracy and
    rounded up to the second: "before" must not claim too much."""
    version, _, imprint, _, made, *rest = inside(info)
    algorithm, digest = inside(imprint.whole)
    need(version.whole == b"\2\1\1" and made.tag == TIME, "not a time stamp of version 1")
    need(inside(algorithm.whole)[0].whole == SHA_2 + b"\1", "a stamp by another digest than SHA-256")
    need(digest.body == sha256(message), "a stamp over something else")
    clock, fraction = matched(r"([0-9]{14})(?:\.([0-9]{1,9}))?Z", made.body.decode("ascii"), "the time of a stamp")
    at = datetime.strptime(clock, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    billionths = {INTEGER: 10**9, 0x80: 10**6, 0x81: 10**3}  # seconds, thousandths, millionths
    accuracy = der(rest[0].body) if rest and rest[0].tag == SEQUENCE else []
    inaccuracy = sum(int.from_bytes(one.body, "big", signed=True) * billionths[one.tag] for one in accuracy)
    need(0 <= inaccuracy <= 86_400 * 10**9, "a stamp that is not right to the day")
    latest = int(at.timestamp()) - -(int(fraction.ljust(9, "0")) + inaccuracy) // 10**9
    need(latest < YEAR_10000, "a stamp of a time that cannot be written")
    return at, latest


def stamp_signer(
    signer: Der, digests: Sequence[Der], content: bytes, known: Sequence[x509.Certificate]
) -> x509.Certificate:
    """The certificate whose key signed the attributes. They hold the digests of the content and of that certificate."""
    version, sid, digest, signed, algorithm, signature, *_ = inside(signer.whole)
    need(version.whole == b"\2\1\1" and digest in digests, "a signature of another version, or by another digest")
    need((sid.tag, signed.tag, signature.tag) == (SEQUENCE, CONTEXT_0, OCTETS), "a stamp without signed attributes")
    attributes: dict[bytes, Der] = {}
    for attribute in der(signed.body):
        kind, values = inside(attribute.whole)
        need(kind.whole not in attributes, "an attribute that stands there twice")
        (attributes[kind.whole],) = inside(values.whole, SET)
    hashing = HASHES[inside(digest.whole)[0].whole]
    need(attributes[CONTENT_TYPE].whole == TST_INFO, "attributes of something else")
    need(attributes[MESSAGE_DIGEST].body == hashlib.new(hashing.name, content).digest(), "a stamp that was changed")
    (certificate,) = {one for one in known if sid.body == issuer_and_serial(one) and named_in(attributes, one)}
    message = bytes([SET]) + signed.whole[1:]  # they are signed as a SET OF: RFC 5652 section 5.4
    key, scheme = certificate.public_key(), inside(algorithm.whole)[0].whole
    if isinstance(key, rsa.RSAPublicKey) and scheme == RSA_PSS:
        key.verify(signature.body, message, padding.PSS(padding.MGF1(hashing), padding.PSS.AUTO), hashing)
    elif isinstance(key, rsa.RSAPublicKey) and scheme[:-1] == RSA:
        key.verify(signature.body, message, padding.PKCS1v15(), hashing)
    elif isinstance(key, ec.EllipticCurvePublicKey) and scheme[:-1] == ECDSA:
        key.verify(signature.body, message, ec.ECDSA(hashing))
    elif isinstance(key, Ed25519PublicKey) and scheme == ED25519:
        key.verify(signature.body, message)
    else:
        raise WrongError("a stamp by a key of another type")
    return certificate


def issuer_and_serial(certificate: x509.Certificate) -> bytes:
    """How a signature names a certificate: RFC 5652 section 10.2.4."""
    fields = inside(certificate.tbs_certificate_bytes)
    serial, _, issuer, *_ = fields[1:] if fields[0].tag == CONTEXT_0 else fields
    return issuer.whole + serial.whole


def named_in(attributes: dict[bytes, Der], certificate: x509.Certificate) -> bool:
    """Whether the signed attributes hold the digest of this certificate."""
    newer = CERTIFICATE_V2 in attributes
    certificates = inside(attributes[CERTIFICATE_V2 if newer else CERTIFICATE_V1].whole)[0]
    first, *rest = inside(inside(certificates.whole)[0].whole)
    if newer and first.tag == SEQUENCE:
        return rest[0].body == certificate.fingerprint(HASHES[inside(first.whole)[0].whole])
    return first.body == certificate.fingerprint(hashes.SHA256() if newer else hashes.SHA1())  # noqa: S303


# === The pack ========================================================================================================

MEMBER = re.compile(
    r"checkpoint|manifest\.json|names\.json|page\.html|policy|tail|tail\.json|earlier/[0-9]{9}\.(checkpoint|proof|tsr)"
    r"|entries/[0-9]{9}\.json|(envelopes/[0-9a-f]{64}|heads/[0-9a-f]{32})\.json|keys/[0-9a-f]{64}\.pem"
    r"|proofs/[0-9]{9}\.tlog-proof"
)
SINGLE = {"checkpoint", "manifest.json", "names.json", "page.html", "policy", "tail", "tail.json"}
ARMOUR = "-----BEGIN PUBLIC KEY-----\n", "\n-----END PUBLIC KEY-----\n"
ED25519_INFO = bytes.fromhex("302a300506032b6570032100")  # SubjectPublicKeyInfo before the raw key: RFC 8410


def archive(members: dict[str, bytes]) -> bytes:
    """The one ZIP archive that has these members: sorted, stored, dated 1 January 1980, nothing else."""
    files, directory, offset = [], [], 0
    for name, raw in sorted(members.items()):
        core = struct.pack("<5H3L2H", 20, 0, 0, 0, 33, zlib.crc32(raw), len(raw), len(raw), len(name), 0)
        directory += [b"PK\x01\x02\x14\x00", core, struct.pack("<3H2L", 0, 0, 0, 0, offset), name.encode()]
        files += [b"PK\x03\x04", core, name.encode(), raw]
        offset += 30 + len(name) + len(raw)
    sizes = (len(members), len(members), sum(map(len, directory)), offset)
    return b"".join([*files, *directory, b"PK\x05\x06", struct.pack("<4H2LH", 0, 0, *sizes, 0)])


class Pack:
    """A pack that is being checked. Each method is one step of the page; it fills in what the steps behind it need."""

    def __init__(self, raw: bytes, policy: Policy | None, since: bytes | None, authorities: Authorities) -> None:
        self.raw, self.policy, self.since, self.authorities = raw, policy, since, authorities
        self.members: dict[str, bytes] = {}
        self.manifest: Json = None  # its payload
        self.now: Note  # the checkpoint
        self.log_keys: list[Key] = []  # the log key first
        self.earlier: dict[int, Note] = {}  # by size
        self.words: set[Word] = set()  # of witnesses
        self.stamps: list[Word] = []
        self.kept: int | None = None  # the size of the checkpoint that you gave
        self.gap: str | None = None  # why the pack cannot be compared with it
        self.heads = 0  # the index of the heads leaf
        self.peaks: list[bytes] = []  # of the tree before it
        self.tail: list[bytes] = []  # the leaf hashes from it on
        self.leaves: dict[int, Json] = {}  # every entry here, by index
        self.keys: dict[str, bytes] = {}  # by fingerprint
        self.facts: dict[str, Fact] = {}  # by digest of the envelope
        self.last: dict[str, int | None] = {}  # last leaf before the heads leaf, by subject
        self.relied: list[int] = []  # the leaves about whom or what is relied on, in order
        self.names: dict[str, str] = {}  # by digest
        # What step 14 finds out: of keys by fingerprint, of envelopes by digest.
        self.enrolled: dict[str, tuple[str, str]] = {}  # role and organisation
        self.subjects: dict[str, str] = {}  # of the keys enrolled: their roles
        self.ended: set[str] = set()  # the subjects of those that are over
        self.compromised: dict[str, int] = {}  # since which leaf
        self.relations: dict[str, str] = {}  # of organisations to the controller
        self.speakers: dict[str, tuple[str, str, str | None]] = {}  # role, organisation, relation when it was stated
        self.retracted: dict[str, int] = {}  # by which leaf
        self.replayed: set[str] = set()  # replays whose root is this log's

    def family(self, folder: str) -> dict[str, bytes]:
        """The members of a folder in order, by their names without folder and what follows the dot."""
        inside = sorted(name for name in self.members if name.startswith(folder + "/"))
        return {name[len(folder) + 1 :].split(".")[0]: self.members[name] for name in inside}

    def take_out(self) -> None:
        """Step 1, `container`: writing the archive again from its members gives every byte of it."""
        raw, at = self.raw, 0
        need(len(raw) <= 64 * MEBIBYTE, "larger than 64 MiB")
        while raw[at : at + 4] == b"PK\x03\x04" and len(self.members) <= 65_000:
            need(at + 30 <= len(raw), "cut short")
            size, length = struct.unpack_from("<LH", raw, at + 22)
            name = raw[at + 30 : at + 30 + length].decode("ascii")
            need(MEMBER.fullmatch(name), "a member that does not belong in a pack")
            self.members[name] = raw[at + 30 + length : at + 30 + length + size]
            at += 30 + length + size
        need(len(self.members) <= 65_000, "too many members")
        need(archive(self.members) == raw, "not the archive that its members make")
        need(self.members.keys() >= SINGLE, "a member is missing")

    def read_manifest(self) -> None:
        """Step 2, `manifest`: it lists all other members as they are. Who signed it is step 4."""
        envelope = Envelope.read(self.members["manifest.json"], MANIFEST_TYPE)
        self.manifest = canonical(envelope.payload, MANIFEST, "the manifest")
        self.heads = self.manifest["heads"]
        need(self.heads < self.manifest["size"], "a heads leaf beyond the log")
        others = [(name, raw) for name, raw in sorted(self.members.items()) if name != "manifest.json"]
        listed = [{"name": name, "sha256": sha256(raw).hex(), "size": len(raw)} for name, raw in others]
        need(self.manifest["members"] == listed, "it does not list the members as they are")

    def read_checkpoint(self) -> None:
        """Step 3, `checkpoint`: signed by the log that the policy names; without a policy, that genesis in the pack names."""
        self.now = Note.read(self.members["checkpoint"])
        stated = (self.manifest["origin"], self.manifest["size"])
        need((self.now.origin, self.now.size) == stated, "another log or size than the manifest's")
        if self.policy:
            of_log = [key for key in self.policy.logs if key.name == self.now.origin and key.algorithm == LOG]
            need(len(of_log) == 1, "the trust policy does not name this log, or names two keys for it")
            self.log_keys = of_log + [key for key in self.policy.logs if key != of_log[0]]
        else:
            self.log_keys = [Key(self.now.origin, LOG, self.genesis_key())]
        self.need_log(self.now)

    def genesis_key(self) -> bytes:
        """The log key that leaf 0 names, unproved so far."""
        need("entries/000000000.json" in self.members, "leaf 0 is missing")
        digest = canonical(self.members["entries/000000000.json"], ENTRY, "leaf 0")["digest"]
        need(f"envelopes/{digest}.json" in self.members, "the envelope of leaf 0 is missing")
        fact = Fact.read(Envelope.read(self.members[f"envelopes/{digest}.json"], FACT_TYPE))
        need(fact.kind == "genesis", "leaf 0 is not genesis")
        return bytes.fromhex(fact.says["log_key"])

    def need_log(self, note: Note) -> None:
        """A note of this log, which its key signed; no other log key of the policy is named in vain."""
        need(note.origin == self.now.origin, "a checkpoint of another log")
        need(self.log_keys[0] in {key for key, _ in note.signed_by(self.log_keys)}, "the log's key did not sign it")

    def check_manifest(self) -> None:
        """Step 4, `manifest`: signed by the log key."""
        envelope = Envelope.read(self.members["manifest.json"], MANIFEST_TYPE)
        need(envelope.keyid == fingerprint(self.log_keys[0].public), "not by the log's key")
        envelope.verify(self.log_keys[0].public)

    def check_quorum(self) -> None:
        """Step 5, `quorum`: witnesses cosigned, and they are enough for the policy."""
        names, self.words = cosigners(self.now, self.policy)
        enough = self.policy is None or self.policy.satisfied_by(names)
        need(enough, "the witnesses that cosigned are not the quorum of the trust policy")

    def check_earlier(self) -> None:
        """Step 6, `earlier`: this log begins with what the log was at each earlier size."""
        for name in (name for name in self.members if name.startswith("earlier/")):
            need(len(self.members[name]) <= MEBIBYTE, "a member that is too long")
            pair = {name[:17] + ".checkpoint", name[:17] + ".proof"}
            need(pair <= self.members.keys(), "a checkpoint, or the proof of one, is missing")
        for name in self.family("earlier"):
            note = Note.read(self.members[f"earlier/{name}.checkpoint"])
            self.need_log(note)
            need(note.size == int(name) and 1 <= note.size <= self.now.size, "a checkpoint of another size")
            self.words |= cosigners(note, self.policy)[1]
            *lines, end = self.members[f"earlier/{name}.proof"].decode("ascii").split("\n")
            need(end == "", "a proof that does not end in a line feed")
            check_consistency(note.size, note.root, self.now.size, self.now.root, hash_lines(lines))
            self.earlier[note.size] = note

    def check_since(self) -> None:
        """Step 7, `since`: the checkpoint that you kept is one that this log has been through."""
        if self.since is None:
            return
        kept = Note.read(self.since)
        self.need_log(kept)
        self.kept = kept.size
        need(kept.size <= self.now.size, "the log went back: it is shorter than the checkpoint that you gave")
        known = self.now if kept.size == self.now.size else self.earlier.get(kept.size)
        need(known is None or known.root == kept.root, "a fork: the log had another root at the size that you gave")
        if known is None:
            self.gap = "no checkpoint of the size of the one that you gave; ask for a pack that is made since it"

    def read_tail(self) -> None:
        """Step 8, `tail`: every entry from the heads leaf on. With the peaks before them they give the root."""
        begin = canonical(self.members["tail.json"], TAIL, "tail.json")
        need(begin["from"] == self.heads, "it does not begin where the manifest says")
        need(len(begin["peaks"]) == self.heads.bit_count(), "another number of peaks than a tree of that size has")
        raw, at, count = self.members["tail"], 0, self.now.size - self.heads
        found: list[bytes] = []
        while at < len(raw) and len(found) <= count:
            end = at + 2 + int.from_bytes(raw[at : at + 2], "big")
            need(at + 2 < end <= len(raw), "an entry that is cut short")
            found.append(raw[at + 2 : end])
            at = end
        need(len(found) == count, "more or fewer entries than the log has")
        self.peaks, self.tail = [bytes.fromhex(one) for one in begin["peaks"]], list(map(leaf_hash, found))
        roots = roots_by_peaks(self.peaks, self.heads, self.tail, {self.now.size})
        need(roots[self.now.size] == self.now.root, "it does not lead to the root of the checkpoint")
        entries = [self.read_entry(one) for one in found]
        need([one["kind"] for one in entries] == ["heads"] + ["fact"] * (count - 1), "not one heads leaf, at the front")
        self.leaves = dict(enumerate(entries, self.heads))

    @staticmethod
    def read_entry(raw: bytes) -> Json:
        """An entry of the log: facts are about somebody or something, heads about nobody."""
        entry = canonical(raw, ENTRY, "an entry")
        need((entry["about"] is None) == (entry["kind"] == "heads"), "a fact about nothing, or heads about something")
        return entry

    def read_entries(self) -> None:
        """Step 9, `entry`: those before the heads leaf."""
        for name, raw in self.family("entries").items():
            need(int(name) < self.heads, "an entry that belongs in the tail")
            self.leaves[int(name)] = self.read_entry(raw)

    def check_proofs(self) -> None:
        """Step 9, `proof`: an inclusion proof for each entry, to the root of the checkpoint."""
        entries, proofs, checkpoint = self.family("entries"), self.family("proofs"), self.members["checkpoint"]
        need(entries.keys() == proofs.keys(), "an entry without proof, or a proof without entry")
        for name, raw in proofs.items():
            need(raw.endswith(b"\n\n" + checkpoint), "a proof for another checkpoint")
            lines = raw[: -len(checkpoint) - 2].decode("ascii").split("\n")
            need(lines[:2] == ["c2sp.org/tlog-proof@v1", f"index {int(name)}"], "another header or index")
            root = root_by_path(leaf_hash(entries[name]), int(name), self.now.size, hash_lines(lines[2:]))
            need(root == self.now.root, "a proof that does not hold")

    def read_keys(self) -> None:
        """Step 10, `keys`: each is an Ed25519 key, named by its fingerprint."""
        for name, raw in self.family("keys").items():
            (text,) = matched("([A-Za-z0-9+/]{59}=)".join(ARMOUR), raw.decode("ascii"), "a key")
            info = unbase64(text)
            ed25519(info[12:])
            need(info[:12] == ED25519_INFO and fingerprint(info[12:]) == name, "another key than its name says")
            self.keys[name] = info[12:]

    def read_facts(self) -> None:
        """Step 10, `envelope`: each is a statement that a key of the pack signed."""
        for name, raw in self.family("envelopes").items():
            need(len(raw) <= MEBIBYTE and sha256(raw).hex() == name, "an envelope whose name is not its digest")
            envelope = Envelope.read(raw, FACT_TYPE)
            self.facts[name] = Fact.read(envelope)
            need(envelope.keyid in self.keys, "an envelope by a key that is not in the pack")
            envelope.verify(self.keys[envelope.keyid])

    def check_keys(self) -> None:
        """Step 10, `keys`: exactly the log's and the signers'."""
        wanted = {fact.signer for fact in self.facts.values()} | {fingerprint(self.log_keys[0].public)}
        need(self.keys.keys() == wanted, "not exactly the log's key and those of the signers")

    def read_heads(self) -> None:
        """Step 11, `heads`: the last leaf about each subject as of the heads leaf; or that there was none, by its neighbours."""
        root, count = bytes.fromhex(self.leaves[self.heads]["digest"]), None
        for subject, raw in self.family("heads").items():
            proof = canonical(raw, (PRESENT, ABSENT), "a heads proof")
            count = proof["count"] if count is None else count
            need(
                (proof["subject"], proof["count"]) == (subject, count), "a proof of another subject, or in another list"
            )
            present = proof["last"] is not None
            left, right = (proof, proof) if present else (proof["left"], proof["right"])
            for place in filter(None, (left, right)):
                leaf = leaf_hash(bytes.fromhex(place["subject"]) + place["last"].to_bytes(8, "big"))
                path = [bytes.fromhex(one) for one in place["path"]]
                need(root_by_path(leaf, place["position"], count, path) == root, "a heads proof that does not hold")
                need(place["last"] < self.heads, "a last leaf that is not before the heads leaf")
            if (
                not present
            ):  # the neighbours stand side by side, or at an end of the list, and the subject is between them
                before = left["position"] if left else -1
                after = right["position"] if right else count
                need((left or right) and after == before + 1, "neighbours that are not side by side")
                need(left is None or left["subject"] < subject, "a left neighbour that is not before the subject")
                need(right is None or subject < right["subject"], "a right neighbour that is not behind the subject")
            self.last[subject] = proof["last"]

    def follow_chains(self) -> None:
        """Step 12, `chain`: all leaves about the device, the log, whoever signed any of them, and the exceptions that they name.
        Nothing was left out: the heads proof gives the end of each chain, every entry names the one before it, the tail is whole."""
        leaves, facts = self.leaves, self.facts
        genesis = facts.get(leaves[0]["digest"]) if 0 in leaves else None
        need(genesis and leaves[0]["kind"] == "fact" and genesis.kind == "genesis", "leaf 0 is missing, or not genesis")
        behind: dict[str, list[str]] = {}  # whom relying on a key relies on
        for signer, subjects in filter(None, (fact.enrols() for fact in facts.values())):
            behind.setdefault(signer, []).extend(subjects)
        in_tail: dict[str, list[int]] = {}
        for index in range(self.heads, self.now.size):
            in_tail.setdefault(leaves[index]["about"], []).append(index)
        chains: dict[str, list[int]] = {}
        waiting = [self.manifest["device"], leaves[0]["about"]]
        while waiting:
            subject = waiting.pop()
            if subject in chains:
                continue
            need(subject in self.last, "a heads proof is missing")
            chain = chains[subject] = self.chain_before(subject)
            for index in in_tail.get(subject, []):
                due = chain[-1] if chain else None
                need(leaves[index]["previous"] == due, "a chain that does not lead into the tail")
                chain.append(index)
            for index in chain:
                need(leaves[index]["digest"] in facts, "an envelope is missing")
                fact = facts[leaves[index]["digest"]]
                need(subject in fact.about, "an envelope about another subject")
                waiting += behind.pop(fact.signer, [])
                if fact.kind == "custody" and fact.says["exception"]:
                    waiting.append(fact.says["exception"])
        need(chains[self.manifest["device"]], "no leaf about the device")
        self.relied = sorted(index for chain in chains.values() for index in chain)
        need({index for index in leaves if index < self.heads} <= set(self.relied), "an entry that nothing leads to")
        need(facts.keys() == {leaves[index]["digest"] for index in self.relied}, "an envelope that nothing leads to")
        need(self.last.keys() == chains.keys(), "a heads proof that nothing leads to")
        logged = {(leaves[index]["digest"], leaves[index]["about"]) for index in self.relied}
        need(len(logged) == len(self.relied), "one envelope twice about one subject")
        wanted = {(digest, subject) for digest, fact in facts.items() for subject in fact.about if subject in chains}
        need(wanted <= logged, "an envelope that is not in the chain of one of its subjects")

    def chain_before(self, subject: str) -> list[int]:
        """The leaves about a subject before the heads leaf, from the last by each `previous` to the first; oldest first."""
        chain: list[int] = []
        index, limit = self.last[subject], self.heads
        while index is not None:
            need(index < limit and index in self.leaves, "a leaf of a chain is missing")
            need(self.leaves[index]["about"] == subject, "a chain that leads to another subject")
            chain.append(index)
            index, limit = self.leaves[index]["previous"], index
        return chain[::-1]

    def check_times(self) -> None:
        """Step 13, `time`: the log's clock never runs backwards, and nobody states what is yet to come."""
        known = [self.leaves[index]["known_at"] for index in sorted(self.leaves)]
        need(known == sorted(known), "a leaf that became known before an earlier one")
        for index in self.relied:
            true_at = datetime.fromisoformat(self.facts[self.leaves[index]["digest"]].says["true_at"])
            late = datetime.fromisoformat(self.leaves[index]["known_at"]) + TEN_MINUTES
            need(true_at <= late, "a fact that became true after it became known")

    def check_speakers(self) -> None:
        """Step 14, `key`: in order of index, an envelope once: its signer may speak, and in that role may say this."""
        self.begin_keys()
        replays = {fact.says["size"] for fact in self.facts.values() if fact.kind == "replay"}
        roots = {size: note.root for size, note in self.earlier.items()}
        roots |= roots_by_peaks(self.peaks, self.heads, self.tail, replays)
        about: dict[str, set[str]] = {}  # the subjects of the leaves so far, by envelope
        for index in self.relied:
            digest = self.leaves[index]["digest"]
            about.setdefault(digest, set()).add(self.leaves[index]["about"])
            if digest in self.speakers:
                continue
            fact = self.facts[digest]
            need(fact.signer in self.enrolled, "a fact by a key that was not enrolled before")
            need(key_subject(fact.signer) not in self.ended, "a fact by a key that had ended")
            need(fact.signer not in self.compromised, "a fact by a key that was known to be compromised")
            role, organisation = self.enrolled[fact.signer]
            need(index == 0 or role in fact.roles, "a fact of a kind that its signer's role may not state")
            self.speakers[digest] = (role, organisation, self.relations.get(organisation))
            match fact.kind:
                case "registration":
                    self.register(fact, role)
                case "compromise":
                    need(fact.about == (key_subject(fact.says["fingerprint"]),), "a compromise not about its key alone")
                    self.compromised.setdefault(fact.says["fingerprint"], index)
                case "retraction":
                    before = about.get(fact.says["envelope"], set())
                    need(before.intersection(fact.about), "a retraction of what is not here before it")
                    self.retract(fact, role, index)
                case "replay":
                    if self.leaves[0]["about"] in fact.about:
                        need(fact.says["size"] <= index, "a replay of more than there was")
                        if fact.says["size"] in roots:
                            need(fact.says["root"] == roots[fact.says["size"]].hex(), "a replay of another log")
                            self.replayed.add(digest)

    def begin_keys(self) -> None:
        """Genesis enrols the owner's key, and says who the controller is."""
        genesis = self.facts[self.leaves[0]["digest"]]
        says, log_key = genesis.says, self.log_keys[0].public.hex()
        need((says["origin"], says["log_key"]) == (self.now.origin, log_key), "genesis is of another log")
        need(fingerprint(says["owner_key"]) == genesis.signer, "genesis is not signed by the owner's key")
        need(says["owner"] == key_subject(genesis.signer), "the owner's key has another subject than its own")
        self.enrolled[genesis.signer] = ("owner", says["organisation"])
        self.subjects[says["owner"]] = "owner"
        self.relations[says["organisation"]] = "controller"

    def register(self, fact: Fact, by: str) -> None:
        """What a registration, by a key of this role, changes for those who speak after it."""
        need(len(fact.about) == 1, "a registration about several subjects")
        (subject,) = fact.about
        organisation, key = fact.says["organisation"], fact.says["key"]
        need(
            by != "register" or not self.is_owners(fact.says, subject), "a register that states what only an owner may"
        )
        if fact.says["action"] == "ended" and subject in self.subjects:
            self.ended.add(subject)
        if organisation:
            relation = self.relations.setdefault(subject, organisation["relation"])
            need(relation == organisation["relation"], "an organisation whose relation changes")
        if key:
            signer = fingerprint(key["public_key"])
            need(subject == key_subject(signer), "a key that is enrolled under another subject than its own")
            need(signer not in self.enrolled, "a key that is enrolled twice")
            self.enrolled[signer] = (key["role"], key["organisation"])
            self.subjects[subject] = key["role"]

    def is_owners(self, says: Json, subject: str) -> bool:
        """Whether a registration says who the controller is, or ends it, the log's own subject, or a key that no register enrols."""
        if says["organisation"]:
            return bool(says["organisation"]["relation"] == "controller")
        if says["action"] != "ended":
            return False
        role, controls = self.subjects.get(subject), self.relations.get(subject) == "controller"
        return controls or subject == self.leaves[0]["about"] or role not in {None, *ENROLLED_BY_REGISTERS}

    def retract(self, fact: Fact, role: str, index: int) -> None:
        """A retraction by who may; that of an enrolment ends the key."""
        digest, target = fact.says["envelope"], self.facts[fact.says["envelope"]]
        need(role == "decider" or target.signer == fact.signer, "a retraction by neither the signer nor a decider")
        self.retracted.setdefault(digest, index)
        if target.kind == "registration" and target.says["key"]:
            self.ended.add(key_subject(fingerprint(target.says["key"]["public_key"])))

    def check_names(self) -> None:
        """Step 15, `names`: what salted digests in registrations stand for."""
        need(len(self.members["names.json"]) <= MEBIBYTE, "too long")
        names = canonical(self.members["names.json"], NAMES, "names.json")
        digests = [one["digest"] for one in names]
        need(digests == sorted(set(digests)), "not sorted")
        registered = set()
        for says in (fact.says for fact in self.facts.values() if fact.kind == "registration"):
            registered |= {("organisation", says["organisation"]["name"])} if says["organisation"] else set()
            registered |= (
                {(i["scheme"], i["digest"]) for i in says["device"]["identifiers"]} if says["device"] else set()
            )
        for one in names:
            salted = sha256(bytes.fromhex(one["salt"]), one["value"].encode("utf-8")).hex()
            need(salted == one["digest"], "a name that does not give its digest")
            need((one["kind"], one["digest"]) in registered, "a name of nothing that is registered here")
            self.names[one["digest"]] = one["value"]

    def check_stamps(self) -> None:
        """Step 16, `time`: the stamps that hold, and no outside clock that is more than ten minutes behind the log's."""
        for size, note in self.earlier.items():
            raw = self.members.get(f"earlier/{size:09}.tsr")
            try:
                self.stamps += [] if raw is None else [self.authorities.stamp(raw, note)]
            except NOT_HELD:
                continue  # said not to be proved, and refuses nothing
        indices = sorted(self.leaves)
        for word in (*self.words, *self.stamps):
            newest = self.leaves[indices[bisect_left(indices, word.size) - 1]][
                "known_at"
            ]  # covered: step 13 has them rise
            behind = datetime.fromisoformat(newest) - datetime.fromtimestamp(word.at, UTC)
            need(behind <= TEN_MINUTES, "an outside clock says that a leaf is older than the log's does")

    STEPS: ClassVar[tuple[tuple[str, Callable[[Pack], None]], ...]] = (
        ("container", take_out),
        ("manifest", read_manifest),
        ("checkpoint", read_checkpoint),
        ("manifest", check_manifest),
        ("quorum", check_quorum),
        ("earlier", check_earlier),
        ("since", check_since),
        ("tail", read_tail),
        ("entry", read_entries),
        ("proof", check_proofs),
        ("keys", read_keys),
        ("envelope", read_facts),
        ("keys", check_keys),
        ("heads", read_heads),
        ("chain", follow_chains),
        ("time", check_times),
        ("key", check_speakers),
        ("names", check_names),
        ("time", check_stamps),
    )

    def result(self) -> dict[str, Json]:
        """The result object of the page, once every step has held."""
        facts = list(self.told())
        genesis, device = self.leaves[0], self.manifest["device"]
        replayed = [
            {name: one[name] for name in ("known_at", "leaf", "signer")} | {"size": self.says(one)["size"]}
            for one in facts
            if self.leaves[one["leaf"]]["digest"] in self.replayed
            and one["about"] == genesis["about"]
            and one["retracted_by"] is None
        ]
        independent = all(one["logged_before"] for one in facts if one["about"] == device)
        earlier_log = self.facts[genesis["digest"]].says["earlier"]
        in_pack, given = sum(name.endswith(".tsr") for name in self.members), self.authorities.given
        not_proved = {
            "no_policy": self.policy is None,
            "not_witnessed": not independent,
            "stamps_not_checked": in_pack and not given,
            "stamp_not_trusted": given and len(self.stamps) < in_pack,
            "not_replayed": all(one["size"] <= self.heads for one in replayed),
            "earlier_log": earlier_log is not None,
            "spoken_for": any(one["spoken_for"] for one in facts),
            "truth_of_statements": True,
            "page": True,
        }
        return {
            "outcome": "incomplete" if self.gap else "verified" if self.policy else "self_consistent",
            "part": "since" if self.gap else None,
            "message": self.gap,
            "device": device,
            "origin": self.now.origin,
            "size": self.now.size,
            "root": self.now.root.hex(),
            "log_key": fingerprint(self.log_keys[0].public),
            "complete_to": self.leaves[self.now.size - 1]["known_at"],
            "replayed": replayed,
            "witnesses": [{"at": written(one.at), "name": one.by, "size": one.size} for one in sorted(self.words)],
            "stamps": [{"at": written(one.at), "authority": one.by, "size": one.size} for one in sorted(self.stamps)],
            "independent": independent,
            "earlier_log": earlier_log,
            "since": self.kept,
            "facts": facts,
            "names": self.names,
            "not_proved": sorted(code for code, holds in not_proved.items() if holds),
        }

    def says(self, told: dict[str, Json]) -> Json:
        """What the fact of a leaf says."""
        return self.facts[self.leaves[told["leaf"]]["digest"]].says

    def told(self) -> Iterator[dict[str, Json]]:
        """What the result says of each leaf that is relied on, in order."""
        words = sorted((*self.words, *self.stamps))
        earliest: list[tuple[int, str] | None] = [None]  # by how many words, from the largest size down, cover a leaf
        for word in reversed(words):
            earliest.append(min(earliest[-1] or (word.at, word.by), (word.at, word.by)))
        sizes = [word.size for word in words]
        for index in self.relied:
            entry = self.leaves[index]
            fact, (role, organisation, relation) = self.facts[entry["digest"]], self.speakers[entry["digest"]]
            before = earliest[len(words) - bisect_left(sizes, index + 1)]
            yield {
                "about": entry["about"],
                "grade": grade(relation, role, fact.says.get("method")),
                "key_compromised": self.compromised.get(fact.signer),
                "kind": fact.kind,
                "known_at": entry["known_at"],
                "leaf": index,
                "logged_before": before and {"at": written(before[0]), "by": before[1]},
                "organisation": organisation,
                "relation": relation,
                "retracted_by": self.retracted.get(entry["digest"]),
                "role": role,
                "signer": fact.signer,
                "spoken_for": spoken_for(fact.says),
                "true_at": fact.says["true_at"],
            }


def spoken_for(says: Json) -> Json:
    """For whom a fact was stated, by its signer's word, or None where it speaks for nobody."""
    return {"authenticated": says["authenticated"], "person": says["by"]} if "authenticated" in says else None


def grade(relation: str | None, role: str, method: str | None) -> str | None:
    """How good a word is (docs/reference/facts.md, "Grades"): by who signed it, and how it was found out."""
    if method is None:
        return None
    if relation in {None, "processor"}:
        return "claimed"
    if role in {"importer", "register"}:
        return "imported"
    if role != "auditor" and (relation != "controller" or role not in OBSERVERS):
        return "claimed"
    if method == "reported":
        return "imported"
    return "examined" if role == "auditor" and method == "examined" else "observed"


def written(at: int) -> str:
    """POSIX seconds as RFC 3339 to the second."""
    return datetime.fromtimestamp(at, UTC).isoformat()[:19] + "Z"


def verify(
    pack: bytes, policy: bytes | None = None, since: bytes | None = None, authorities: Sequence[bytes] = ()
) -> dict[str, Json]:
    """The result object, whatever the bytes of the pack are. Raises UnreadableError for a policy or a certificate."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about certificates that only break a rule of style
        try:
            trusted = None if policy is None else Policy.read(policy)
            certificates = Authorities(authorities)
        except NOT_HELD as wrong:
            raise UnreadableError(f"the trust policy or a certificate cannot be read: {said(wrong)}") from None
        checked = Pack(pack, trusted, since, certificates)
        for part, step in Pack.STEPS:
            try:
                step(checked)
            except (ValueError, RecursionError, InvalidSignature) as wrong:
                nothing = dict.fromkeys(
                    ("device", "origin", "size", "root", "log_key", "complete_to", "since", "earlier_log")
                )
                nothing |= {"replayed": [], "witnesses": [], "stamps": [], "facts": [], "names": {}, "not_proved": []}
                return nothing | {"outcome": "refused", "part": part, "message": said(wrong), "independent": False}
        return checked.result()


def said(wrong: Exception) -> str:
    """What is wrong in our own words: a library's may quote."""
    if isinstance(wrong, WrongError):
        return str(wrong)
    return "a signature does not hold" if isinstance(wrong, InvalidSignature) else "something in it is not of its form"


# === For people ======================================================================================================

HEADLINES = {
    "verified": "VERIFIED: everything in the pack holds, by the trust policy that you gave.",
    "self_consistent": "NOT PROOF YET: the pack agrees with itself, but nobody outside it says whose log this is.",
    "incomplete": "INCOMPLETE: everything in it holds, but it cannot be compared with the checkpoint that you gave.",
    "refused": "REFUSED: nothing in this pack can be believed.",
}
NOT_PROVED = {
    "no_policy": "whose log it is: give --trust a policy that reached you by another channel",
    "not_witnessed": "when every fact about the device was logged, but by the log's own clock: not independently witnessed",
    "stamps_not_checked": "its time stamps: give --authority the certificate of their authority",
    "stamp_not_trusted": "a time stamp, which does not hold by the certificates that you gave",
    "not_replayed": "that nothing was left out: nobody states that they replayed the log beyond its newest list of last leaves",
    "earlier_log": "what the log held that this one took over from",
    "spoken_for": "who it was for whom a fact was stated: how it knew them is its signer's word, most often a register's",
    "truth_of_statements": "that a statement is true: only who stated it, and in which order",
    "page": "what its page.html and policy say: they were not read",
}


def in_words(result: dict[str, Json]) -> Iterator[str]:
    """The result line by line. What comes from the pack or the policy is escaped: it could hold terminal commands."""
    yield HEADLINES[result["outcome"]]
    if result["message"]:
        yield f"  {result['part']}: {result['message']}"
    if result["outcome"] == "refused":
        return
    yield f"  device       {result['device']}"
    yield f"  log          {result['origin']} at size {result['size']}, key {result['log_key']}"
    yield f"  complete to  {result['complete_to']}, by the log's word"
    if earlier := result["earlier_log"]:
        yield f"  took over    from log {earlier['origin']} at size {earlier['size']}, root {earlier['root']}"
    by = {one["leaf"]: spoken_by(one) for one in result["facts"]}
    for one in result["replayed"]:
        yield f"  replayed     to size {one['size']} of {result['size']}, stated {one['known_at']} by {by[one['leaf']]}"
    for one in result["witnesses"]:
        yield f"  witnessed    to leaf {one['size'] - 1} on {one['at']} by {json.dumps(one['name'])}"
    for one in result["stamps"]:
        yield f"  stamped      to leaf {one['size'] - 1} on {one['at']} under {one['authority']}"
    for digest, value in result["names"].items():
        yield f"  name         {json.dumps(value)} for {digest}"
    yield "Stated, in the order of the log:"
    for one in result["facts"]:
        compromised, retracted, before = one["key_compromised"], one["retracted_by"], one["logged_before"]
        notes = [f"{one['kind']} about {one['about']}, true {one['true_at']}, known {one['known_at']}"]
        notes += [f"by {by[one['leaf']]}"]
        notes += [f"grade {one['grade']}"] if one["grade"] else []
        notes += [f"logged before {before['at']} by the word of {json.dumps(before['by'])}"] if before else []
        notes += [f"RETRACTED by leaf {retracted}"] if retracted is not None else []
        notes += [f"KEY COMPROMISED since leaf {compromised}"] if compromised is not None else []
        yield f"  {one['leaf']}: " + "; ".join(notes)
    yield "Not proved:"
    yield from (f"  {NOT_PROVED[code]}" for code in result["not_proved"])


def spoken_by(fact: dict[str, Json]) -> str:
    """Who stated a fact: as what, with which key, of whom; and for whom."""
    said = f"{fact['role']} key {fact['signer']} ({fact['relation'] or 'of an unknown organisation'})"
    if person := fact["spoken_for"]:
        whom = f"person {person['person']}" if person["person"] else "somebody whom it does not name"
        return f"{said}, for {whom}, {AUTHENTICATED[person['authenticated']]}"
    return f"{said}, which does not say for whom" if fact["role"] == "register" else said


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(description="Verify an evidence pack of lossproof, offline.")
    parser.add_argument("pack", type=Path)
    parser.add_argument(
        "--trust", type=Path, metavar="POLICY", help="a policy that came by another channel than the pack"
    )
    parser.add_argument("--since", type=Path, metavar="CHECKPOINT", help="a checkpoint of this log that you kept")
    parser.add_argument(
        "--authority", type=Path, metavar="CERTIFICATE", action="append", help="whose time stamps you believe"
    )
    parser.add_argument("--json", action="store_true", help="print the result object")
    options = parser.parse_args(arguments)

    def read(path: Path) -> bytes:
        with path.open("rb") as file:
            return file.read(64 * MEBIBYTE + 1)  # a byte more than a pack may have is enough to refuse it

    try:
        trust, since = options.trust and read(options.trust), options.since and read(options.since)
        result = verify(read(options.pack), trust, since, [read(path) for path in options.authority or ()])
    except OSError as error:
        sys.stderr.write(f"error: a file cannot be read: {error.strerror}\n")
        return 16
    except UnreadableError as error:
        sys.stderr.write(f"error: {error}\n")
        return 10
    sys.stdout.write((json.dumps(result, sort_keys=True) if options.json else "\n".join(in_words(result))) + "\n")
    return {"verified": 0, "refused": 12}.get(result["outcome"], 1)


if __name__ == "__main__":
    sys.exit(main())
