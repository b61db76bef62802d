"""Evidence packs made by hand from docs/reference/evidence-pack.md: nothing here is lossproof's own code.

Every key and id comes from a name, so the same call gives the same pack. Whoever uses it holds all secret keys and may lie:
`build(change=...)` alters the members before the log's key signs the manifest over them.

    log = Book(); a_story(log); log.members("stick") -> {name: bytes};  sealed(members) -> the file
    build() -> the file;  policy() -> the trust policy for it
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

BEGIN = datetime(2026, 1, 5, 9, 0, 0, 125000, tzinfo=UTC)
"""When leaf 0 became known; each later leaf a minute later."""
TOOL = "lossproof 0.1.0"
DIGEST = "0123456789abcdef" * 4
WITNESSES = ("harbour", "quay")
Members = dict[str, bytes]


# Keys, ids, JSON.


def secret(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"secret of {name}".encode()).digest())


@cache
def public(name: str) -> bytes:
    return secret(name).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def fingerprint(name: str) -> str:
    return digest(public(name))


def identity(name: str) -> str:
    """The id of a subject: of a key the beginning of its fingerprint. Of all else it is a random one, plainly not random:
    that of the key which it could have."""
    return fingerprint(name)[:32]


def origin_of(log: str = "log") -> str:
    return f"lossproof/{identity(log)}"


def digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")


def base64_of(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def envelope(payload: bytes, by: str, payload_type: str = "application/vnd.in-toto+json") -> bytes:
    signed = b"DSSEv1 %d %b %d %b" % (len(payload_type), payload_type.encode(), len(payload), payload)
    signature = {"keyid": fingerprint(by), "sig": base64_of(secret(by).sign(signed))}
    return canonical({"payload": base64_of(payload), "payloadType": payload_type, "signatures": [signature]})


def pem(name: str) -> bytes:
    return secret(name).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


# The tree, as RFC 6962 section 2.1 defines it.


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    if len(hashes) < 2:
        return hashes[0] if hashes else hashlib.sha256(b"").digest()
    half = split(len(hashes))
    return hashlib.sha256(b"\x01" + root_of(hashes[:half]) + root_of(hashes[half:])).digest()


def split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def path_of(at: int, hashes: Sequence[bytes]) -> list[bytes]:
    if len(hashes) < 2:
        return []
    half = split(len(hashes))
    if at < half:
        return [*path_of(at, hashes[:half]), root_of(hashes[half:])]
    return [*path_of(at - half, hashes[half:]), root_of(hashes[:half])]


def consistency_of(old: int, hashes: Sequence[bytes], whole: bool = True) -> list[bytes]:
    if old == len(hashes):
        return [] if whole else [root_of(hashes)]
    half = split(len(hashes))
    if old <= half:
        return [*consistency_of(old, hashes[:half], whole), root_of(hashes[half:])]
    return [*consistency_of(old - half, hashes[half:], False), root_of(hashes[:half])]


def peaks_of(hashes: Sequence[bytes]) -> list[bytes]:
    peaks, begin = [], 0
    for bit in reversed(range(len(hashes).bit_length())):
        if len(hashes) >> bit & 1:
            peaks.append(root_of(hashes[begin : begin + (1 << bit)]))
            begin += 1 << bit
    return peaks


# Notes and policies.


def key_id(name: str, algorithm: int, key: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + bytes([algorithm]) + key).digest()[:4]


def vkey(name: str, algorithm: int, key: bytes) -> str:
    return f"{name}+{key_id(name, algorithm, key).hex()}+{base64_of(bytes([algorithm]) + key)}"


def witness_name(witness: str) -> str:
    """The name of a witness's key: what stands on its signature line."""
    return f"{witness}.example.org/witness"


def signature_line(name: str, algorithm: int, key: bytes, signature: bytes) -> str:
    return f"\u2014 {name} {base64_of(key_id(name, algorithm, key) + signature)}\n"


def cosignature(text: str, witness: str, at: int) -> str:
    """A witness's line; the POSIX time `at` is signed with the text."""
    raw = at.to_bytes(8, "big") + secret(witness).sign(f"cosignature/v1\ntime {at}\n{text}".encode())
    return signature_line(witness_name(witness), 4, public(witness), raw)


def signed_note(text: str, log: str = "log", lines: Iterable[str] = ()) -> bytes:
    name = text.split("\n", 1)[0]
    line = signature_line(name, 1, public(log), secret(log).sign(text.encode()))
    return (text + "\n" + line + "".join(lines)).encode()


def policy(
    *, log: str = "log", origin: str | None = None, witnesses: Sequence[str] = WITNESSES, threshold: int | None = None
) -> bytes:
    """A trust policy: `threshold` of the witnesses (by default all; 0 asks for none)."""
    lines = ["# made by hand", f"log {vkey(origin or origin_of(log), 1, public(log))}"]
    lines += [f"witness {name} {vkey(witness_name(name), 4, public(name))}" for name in witnesses]
    if not witnesses or threshold == 0:
        return "\n".join([*lines, "quorum none", ""]).encode()
    group = f"group enough {len(witnesses) if threshold is None else threshold} {' '.join(witnesses)}"
    return "\n".join([*lines, group, "quorum enough", ""]).encode()


# What facts say.


def genesis(log: str = "log", **fields: Any) -> dict[str, Any]:
    return {
        "earlier": None,
        "log_key": public(log).hex(),
        "organisation": identity("trust"),
        "origin": origin_of(log),
        "owner": identity("owner"),
        "owner_key": public("owner").hex(),
        "recipient": None,
    } | fields


def registration(action: str = "created", **thing: Any) -> dict[str, Any]:
    things = ("organisation", "device", "key", "person", "exception", "recipient")
    return dict.fromkeys(things) | {"action": action} | thing


def organisation(relation: str, name: str | None = None) -> dict[str, Any]:
    return registration(organisation={"name": name, "relation": relation})


def key(name: str, role: str, organisation: str = "trust", **fields: Any) -> dict[str, Any]:
    enrolled = {"organisation": identity(organisation), "person": None, "public_key": public(name).hex()}
    enrolled["replaces"] = None
    return registration(key=enrolled | {"role": role} | fields)


def device(**identifiers: str) -> dict[str, Any]:
    """A stick of the trust; identifiers by scheme."""
    known = [{"digest": value, "scheme": scheme} for scheme, value in identifiers.items()]
    return registration(device={"identifiers": known, "kind": "stick", "organisation": identity("trust")})


def person(*duties: str) -> dict[str, Any]:
    """A person of the trust."""
    return registration(person={"duties": list(duties), "organisation": identity("trust")})


def exception(device: str = "stick") -> dict[str, Any]:
    """Leave to hand a device over without fresh proof."""
    leave = {"approver": identity("lead"), "device": identity(device), "organisation": identity("trust")}
    return registration(exception=leave | {"reason": "urgent", "until": "2026-02-01T00:00:00Z"})


def custody(event: str, **fields: Any) -> dict[str, Any]:
    """An event of custody: the nurse's, who had a one-time link."""
    says = dict.fromkeys(("exception", "handover", "organisation", "proof", "reason", "text", "to"))
    return says | {"authenticated": "link", "by": identity("nurse"), "event": event} | fields


def request(outcome: str | None = None) -> dict[str, Any]:
    """Somebody asks for a device to be encrypted, and is answered."""
    says = {"ask": "encrypt", "authenticated": "password", "by": identity("nurse"), "due_at": "2026-01-12T09:00:00Z"}
    return says | {"outcome": outcome, "request": identity("request")}


def rules(version: int = 1) -> dict[str, Any]:
    """The controller's rules."""
    says = {"authenticated": "passkey", "by": identity("lead"), "effective_at": "2026-01-06T00:00:00Z"}
    return says | {"rules": DIGEST, "version": version}


def inspection(method: str = "read") -> dict[str, Any]:
    return {
        "access": "no",
        "bytes_read": 4096,
        "disagreements": [],
        "header": DIGEST,
        "layers": [],
        "method": method,
        "serial": None,
        "shown": "protected",
        "size_bytes": 1 << 30,
        "table": DIGEST,
        "tool": TOOL,
    }


def holding(method: str = "read") -> dict[str, Any]:
    people = {"high": 3, "low": 1, "point": 2}
    counts = {"files": 9, "interrupted": False, "named_only": 0, "possible": 0, "rules": 1}
    return counts | {
        "exposed": True,
        "identifiers": {"nhs_number": {"distinct": 2, "mentions": 5}},
        "manifest": None,
        "method": method,
        "not_examined": {},
        "people": people,
        "people_by_category": {"health": 1},
        "raw": people,
        "scan": identity("scan"),
        "tool": TOOL,
        "unattributed": {},
    }


def compromise(name: str) -> dict[str, Any]:
    return {"fingerprint": fingerprint(name), "reason": "stolen"}


# The log.


def moment(at: datetime, digits: str = "milliseconds") -> str:
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=digits) + "Z"


class Book:
    """A log that keeps everything, and checks nothing."""

    def __init__(self, log: str = "log", *, begin: datetime = BEGIN) -> None:
        self.log, self.origin, self.begin = log, origin_of(log), begin
        self.entries: list[bytes] = []
        self.envelopes: dict[str, bytes] = {}
        self.names: list[dict[str, str]] = []

    def known_at(self, leaf: int) -> datetime:
        return self.begin + timedelta(minutes=leaf)

    def fact(self, kind: str, says: Mapping[str, Any], *about: str, by: str = "owner", **fields: Any) -> int:
        """Append a statement about these subjects (by their names): one leaf each. Its first leaf."""
        leaf = len(self.entries)
        predicate = {"true_at": moment(self.known_at(leaf), "seconds")} | dict(says) | fields
        subjects = [
            {"digest": {"sha256": digest(bytes.fromhex(identity(name)))}, "name": identity(name)} for name in about
        ]
        statement = {
            "_type": "https://in-toto.io/Statement/v1",
            "predicate": predicate,
            "predicateType": f"urn:lossproof:{kind}:v1",
            "subject": subjects,
        }
        return self.append(envelope(canonical(statement), by), *about)

    def append(self, sealed: bytes, *about: str) -> int:
        """Append an envelope as it is."""
        leaf = len(self.entries)
        self.envelopes[digest(sealed)] = sealed
        for name in about:
            self.entry("fact", identity(name), digest(sealed))
        return leaf

    def entry(self, kind: str, about: str | None, what: str, **fields: Any) -> None:
        """Append an entry as it is."""
        known_at = moment(self.known_at(len(self.entries)))
        previous = self.last(about, kind)
        whole = {"about": about, "digest": what, "kind": kind, "known_at": known_at, "previous": previous, "v": 1}
        self.entries.append(canonical(whole | fields))

    def retract(self, leaf: int, *about: str, by: str = "inspector", **fields: Any) -> int:
        """Append a retraction of a leaf."""
        target = json.loads(self.entries[leaf])["digest"]
        says = {"envelope": target, "leaf": leaf, "reason": "recorded_in_error"}
        return self.fact("retraction", says, *about, by=by, **fields)

    def name(self, value: str, kind: str) -> str:
        """The salted digest of a value, which stands in names.json from now on."""
        salt = hashlib.sha256(f"salt of {value}".encode()).digest()[:16]
        salted = digest(salt + value.encode())
        self.names.append({"digest": salted, "kind": kind, "salt": salt.hex(), "value": value})
        return salted

    def heads(self) -> int:
        """Append a heads leaf."""
        self.entry("heads", None, root_of(self.head_leaves(len(self.entries))).hex())
        return len(self.entries) - 1

    def last(self, about: str | None, kind: str = "fact", before: int | None = None) -> int | None:
        """The last leaf about a subject."""
        found = None
        for at, entry in enumerate(self.entries[:before]):
            one = json.loads(entry)
            if one["about"] == about and one["kind"] == kind:
                found = at
        return found

    def lasts(self, before: int) -> list[tuple[str, int]]:
        """Every subject with its last leaf before an index, by subject."""
        pairs: dict[str, int] = {}
        for at, entry in enumerate(self.entries[:before]):
            if (about := json.loads(entry)["about"]) is not None:
                pairs[about] = at
        return sorted(pairs.items())

    def head_leaves(self, before: int) -> list[bytes]:
        return [leaf_hash(bytes.fromhex(about) + last.to_bytes(8, "big")) for about, last in self.lasts(before)]

    def hashes(self, size: int | None = None) -> list[bytes]:
        return [leaf_hash(entry) for entry in self.entries[:size]]

    def text(self, size: int | None = None) -> str:
        """The text of the checkpoint of a size."""
        hashes = self.hashes(size)
        return f"{self.origin}\n{len(hashes)}\n{base64_of(root_of(hashes))}\n"

    def note(self, size: int | None = None, witnesses: Sequence[str] = (), after: int = 60) -> bytes:
        """The signed checkpoint of a size, cosigned so many seconds after its last leaf became known."""
        text = self.text(size)
        at = int(self.known_at(len(self.hashes(size)) - 1).timestamp()) + after
        return signed_note(text, self.log, [cosignature(text, witness, at) for witness in witnesses])

    # The pack.

    def members(
        self,
        about: str,
        *,
        size: int | None = None,
        witnesses: Sequence[str] = WITNESSES,
        earlier: Mapping[int, Sequence[str]] | Iterable[int] = (),
        stamps: Mapping[int, Callable[[bytes], bytes]] | None = None,
        suggested: bytes | None = None,
    ) -> Members:
        """Every member but the manifest: the log at `size` about a device.

        `earlier` are sizes, each with its own witnesses where it is a mapping; `stamps` gives by size what makes the
        TimeStampResp of a text (`tests/stamp_authority.py`).
        """
        size = len(self.entries) if size is None else size
        heads = self.last(None, "heads", size)
        assert heads is not None, "no heads leaf"
        note = self.note(size, witnesses)
        members = {"checkpoint": note, "policy": suggested or policy(log=self.log), "page.html": b"<!doctype html>\n"}
        members["names.json"] = canonical(sorted(self.names, key=lambda one: one["digest"]))
        members["tail.json"] = canonical({"from": heads, "peaks": [one.hex() for one in peaks_of(self.hashes(heads))]})
        members["tail"] = b"".join(len(one).to_bytes(2, "big") + one for one in self.entries[heads:size])
        members |= self._chains(identity(about), heads, size, note)
        sizes = earlier if isinstance(earlier, Mapping) else dict.fromkeys(earlier, ())
        for old, cosigners in sizes.items():
            proof = consistency_of(old, self.hashes(size))
            members[f"earlier/{old:09}.checkpoint"] = self.note(old, cosigners)
            members[f"earlier/{old:09}.proof"] = "".join(base64_of(one) + "\n" for one in proof).encode()
        for old, stamp in (stamps or {}).items():
            members[f"earlier/{old:09}.tsr"] = stamp(self.text(old).encode())
        return members

    def _chains(self, about: str, heads: int, size: int, note: bytes) -> Members:
        """Everything about the device, the log, and whoever signed any of it."""
        members = {f"keys/{fingerprint(self.log)}.pem": pem(self.log)}
        hashes, pairs = self.hashes(size), self.lasts(heads)
        waiting, seen = [about, json.loads(self.entries[0])["about"]], set()
        signers: set[str] = set()
        while waiting:
            if (subject := waiting.pop()) in seen:
                continue
            seen.add(subject)
            members[f"heads/{subject}.json"] = canonical(self._head(subject, pairs, heads))
            for leaf, entry in enumerate(self.entries[:size]):
                one = json.loads(entry)
                if one["about"] != subject:
                    continue
                sealed = self.envelopes[one["digest"]]
                members[f"envelopes/{one['digest']}.json"] = sealed
                signers.add(json.loads(sealed)["signatures"][0]["keyid"])
                if leaf < heads:
                    members[f"entries/{leaf:09}.json"] = entry
                    members[f"proofs/{leaf:09}.tlog-proof"] = proof_of(leaf, hashes, note)
                leave = self._says(one["digest"]).get("exception")
                if isinstance(leave, str):  # named by an event of custody; in a registration it is the exception itself
                    waiting.append(leave)
            waiting += self._whose(signers)
        return members | {f"keys/{digest(raw)}.pem": pem_of(raw) for raw in self._publics() if digest(raw) in signers}

    def _says(self, digest: str) -> dict[str, Any]:
        return json.loads(base64.b64decode(json.loads(self.envelopes[digest])["payload"]))["predicate"]

    def _statements(self) -> list[dict[str, Any]]:
        return [json.loads(base64.b64decode(json.loads(one)["payload"])) for one in self.envelopes.values()]

    def _enrolled(self) -> Iterable[tuple[bytes, list[str]]]:
        """Every public key that was ever enrolled, with its subjects and its organisation."""
        for one in self._statements():
            says = one["predicate"]
            if "owner_key" in says:
                yield bytes.fromhex(says["owner_key"]), [says["owner"], says["organisation"]]
            elif says.get("key"):
                about = [subject["name"] for subject in one["subject"]]
                yield bytes.fromhex(says["key"]["public_key"]), [*about, says["key"]["organisation"]]

    def _publics(self) -> list[bytes]:
        return [raw for raw, _ in self._enrolled()]

    def _whose(self, signers: set[str]) -> list[str]:
        return [subject for raw, subjects in self._enrolled() if digest(raw) in signers for subject in subjects]

    def _head(self, subject: str, pairs: list[tuple[str, int]], heads: int) -> dict[str, Any]:
        hashes = self.head_leaves(heads)

        def proof(at: int) -> dict[str, Any] | None:
            if not 0 <= at < len(pairs):
                return None
            path = [one.hex() for one in path_of(at, hashes)]
            return {"last": pairs[at][1], "path": path, "position": at, "subject": pairs[at][0]}

        at = sum(one < subject for one, _ in pairs)
        if at < len(pairs) and pairs[at][0] == subject:
            return {"count": len(pairs)} | (proof(at) or {})
        return {"count": len(pairs), "last": None, "left": proof(at - 1), "right": proof(at), "subject": subject}


def proof_of(leaf: int, hashes: Sequence[bytes], note: bytes) -> bytes:
    lines = ["c2sp.org/tlog-proof@v1", f"index {leaf}", *map(base64_of, path_of(leaf, hashes)), "", ""]
    return "\n".join(lines).encode() + note


def pem_of(raw: bytes) -> bytes:
    info = bytes.fromhex("302a300506032b6570032100") + raw
    return b"-----BEGIN PUBLIC KEY-----\n" + base64_of(info).encode() + b"\n-----END PUBLIC KEY-----\n"


def sealed(
    members: Mapping[str, bytes], *, about: str = "stick", log: str = "log", by: str = "", **fields: Any
) -> bytes:
    """The file: with a manifest over the members as they are, signed by the log key (or `by`); `fields` replace its own."""
    members = {name: members[name] for name in sorted(members)}
    size = int(members["checkpoint"].split(b"\n")[1])
    listed = [{"name": name, "sha256": digest(raw), "size": len(raw)} for name, raw in members.items()]
    manifest = {
        "device": identity(about),
        "heads": json.loads(members["tail.json"])["from"],
        "made_at": "2026-01-06T12:00:00Z",
        "members": listed,
        "origin": origin_of(log),
        "size": size,
        "tool": TOOL,
        "v": 1,
    }
    kind = "application/vnd.lossproof.manifest+json"
    return zipped({**members, "manifest.json": envelope(canonical(manifest | fields), by or log, kind)})


def zipped(members: Mapping[str, bytes]) -> bytes:
    """The archive in its one spelling."""
    files, directory = b"", b""
    for name in sorted(members):
        raw, size = members[name], len(members[name])
        core = struct.pack("<4H3L2H", 0, 0, 0, 33, zlib.crc32(raw), size, size, len(name), 0)
        directory += b"PK\x01\x02" + struct.pack("<2H", 20, 20) + core
        directory += struct.pack("<3H2L", 0, 0, 0, 0, len(files)) + name.encode()
        files += b"PK\x03\x04" + struct.pack("<H", 20) + core + name.encode() + raw
    count = len(members)
    return files + directory + b"PK\x05\x06" + struct.pack("<4H2LH", 0, 0, count, count, len(directory), len(files), 0)


def unzipped(pack: bytes) -> Members:
    """The members of what `zipped` made."""
    members, at = {}, 0
    while pack[at : at + 4] == b"PK\x03\x04":
        size, length = struct.unpack("<L", pack[at + 22 : at + 26])[0], struct.unpack("<H", pack[at + 26 : at + 28])[0]
        name = pack[at + 30 : at + 30 + length].decode()
        members[name] = pack[at + 30 + length : at + 30 + length + size]
        at += 30 + length + size
    return members


# A story.


def a_story(log: Book) -> Book:
    """A trust and its contractor; a stick that is registered, inspected and read, two other devices, a mistake, a new key."""
    log.fact("genesis", genesis(log.log), log.log, "owner", "trust")  # 0, 1, 2
    name = log.name("Made-up Trust", "organisation")
    log.fact("registration", organisation("controller", name), "trust")  # 3
    log.fact("registration", key("inspector", "inspector"), "inspector")  # 4
    log.fact("registration", organisation("processor"), "contractor")  # 5
    log.fact("registration", key("agent", "agent", "contractor"), "agent")  # 6
    log.fact("registration", device(serial=log.name("SN-0001 \u00e9", "serial")), "stick")  # 7
    wrong = log.fact("inspection", inspection(), "stick", by="agent")  # 8
    log.fact("registration", device(), "laptop", by="inspector")  # 9
    log.fact("inspection", inspection(), "stick", by="inspector")  # 10
    log.retract(wrong, "stick", by="agent")  # 11
    log.heads()  # 12
    log.fact("holding", holding(), "stick", by="inspector")  # 13
    log.fact("registration", key("auditor", "auditor"), "auditor")  # 14
    log.fact("replay", {"root": root_of(log.hashes(12)).hex(), "size": 12, "tool": TOOL}, log.log, by="auditor")  # 15
    log.fact("inspection", inspection("examined"), "stick", by="auditor")  # 16
    log.fact("inspection", inspection(), "laptop", by="agent")  # 17
    return log


def a_register(log: Book) -> Book:
    """A story with a register: it speaks for people, enrols an agent, and hands the stick over by proof and by an exception."""
    a_story(log)
    log.fact("registration", key("register", "register"), "register")  # 18
    says = {"nurse": ("staff",), "lead": ("governance_lead", "it")}
    for name, duties in says.items():
        log.fact("registration", person(*duties), name, by="register")  # 19, 20
    log.fact("registration", key("robot", "agent"), "robot", by="register")  # 21
    seen = log.fact("inspection", inspection(), "stick", by="robot")  # 22
    proof = json.loads(log.entries[seen])["digest"]
    handed = {"handover": identity("handover"), "organisation": identity("trust"), "to": identity("nurse")}
    offered = {"authenticated": "totp", "by": identity("lead"), "proof": proof, "reason": "issued"}
    log.fact("custody", custody("offered", **handed, **offered), "stick", by="register")  # 23
    log.fact("custody", custody("accepted", **handed, proof=proof, text=DIGEST), "stick", by="register")  # 24
    log.fact("registration", exception(), "leave", by="register")  # 25
    log.heads()  # 26
    log.fact("custody", custody("returned", by=None), "stick", by="register")  # 27
    log.fact("custody", custody("offered", **handed, exception=identity("leave")), "stick", by="register")  # 28
    log.fact("request", request(), "stick", by="register")  # 29
    log.fact("request", request("encrypted"), "stick", by="register")  # 30
    log.fact("policy", rules(), "trust", by="register")  # 31
    log.fact("inspection", inspection("reported"), "stick", by="register")  # 32
    log.fact("holding", holding("reported"), "stick", by="register")  # 33
    log.fact("registration", registration("ended"), "robot", by="register")  # 34
    log.fact("registration", registration("ended"), "leave", by="register")  # 35
    log.fact("registration", device(), "tablet", by="register")  # 36
    log.retract(27, "stick", by="register")  # 37
    return log


def build(
    *,
    story: Callable[[Book], Any] = a_story,
    about: str = "stick",
    log: str = "log",
    change: Callable[[Members], None] | None = None,
    **options: Any,
) -> bytes:
    """A pack about a device of a story; `options` are those of `Book.members`, `change` alters them before they are sealed."""
    book = Book(log)
    story(book)
    members = book.members(about, **({"earlier": (5, 12)} | options))
    if change:
        change(members)
    return sealed(members, about=about, log=log)
