"""What the campaign fuzzes of the ledger: everything in it that is read from others, from a store, or from a copy of one."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

from campaign_records import SECONDS, folder, ours, same
from campaign_shapes import in_canonical, in_envelope, in_words
from campaign_targets import Target

_MESSAGE = b"example.com/ledger\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
_LEAVES = 300


@cache
def pack_members() -> dict[str, list[bytes]]:
    """The members of a few honest evidence packs by folder or name, the packs themselves under `pack`."""
    from ledger.packs import random_pack
    from lossproof.ledger.archive import read_archive

    found: dict[str, list[bytes]] = {}
    for seed in range(8):
        made = random_pack(random.Random(seed))
        found.setdefault("pack", []).append(made.pack)
        for name, content in read_archive(made.pack).items():
            kind = name.rpartition(".")[2] if name.startswith("earlier/") else name.partition("/")[0]
            found.setdefault(kind, []).append(content)
    return found


def notes() -> dict[str, Callable[[], Target]]:
    """Signed notes, and what stands in them."""
    from lossproof.ledger.checkpoint import add_signatures, cosign, parse_checkpoint, read_signed, sign_checkpoint
    from lossproof.ledger.cosignature import parse_tree_head
    from lossproof.ledger.note import VerifierKey, parse_note
    from lossproof.ledger.trust import parse_policy
    from lossproof.ledger.witness import parse_request
    from note_keys import AT, checkpoint, log_key, secret, witness_key

    def note(data: bytes) -> object:
        parsed = parse_note(data)
        same(parsed.to_bytes(), data)
        parse_tree_head(parsed.text)
        return parse_checkpoint(parsed.text)

    def policy(data: bytes) -> object:
        parsed = parse_policy(data)
        same(parse_policy(parsed.text().encode()), parsed)
        return parsed

    def verifier(data: bytes) -> object:
        text = data.decode("utf-8", "surrogateescape")
        same(VerifierKey.parse(text).text(), text)
        return text

    def cosigned() -> Target:
        keys = [witness_key(number) for number in (2, 3)]
        signed = sign_checkpoint(checkpoint(), secret(1))
        lines = [cosign(signed, secret(number), key.name, AT) for number, key in enumerate(keys, 2)]
        every = [signed, add_signatures(signed, lines[:1]), add_signatures(signed, lines)]
        return Target(lambda data: read_signed(data, [log_key()], keys), every, SECONDS, shaped=in_words)

    requests = [b"old 3\n" + b"A" * 43 + b"=\n\n" + one for one in pack_members()["checkpoint"]]
    keys = [log_key().text().encode(), witness_key(2).text().encode()]
    return {
        "checkpoint": lambda: Target(note, pack_members()["checkpoint"], SECONDS, shaped=in_words),
        "cosignatures": cosigned,
        "trust policy": lambda: Target(policy, pack_members()["policy"], SECONDS, shaped=in_words),
        "verifier key": lambda: Target(verifier, keys, SECONDS, shaped=in_words),
        "witness request": lambda: Target(parse_request, requests, SECONDS, shaped=in_words),
    }


def members() -> dict[str, Callable[[], Target]]:
    """The members of a pack, each alone."""
    from lossproof.ledger import pack_forms
    from lossproof.ledger.archive import read_archive, write_archive
    from lossproof.ledger.envelope import open_envelope
    from lossproof.ledger.keys import parse_public, public_text
    from lossproof.ledger.tlog_proof import parse_tlog_proof
    from lossproof.ledger.verification import verify_pack
    from lossproof.wire.facts import decode_entry, decode_statement, encode_entry, encode_statement

    def envelope(data: bytes) -> object:
        payload = open_envelope(data).payload
        statement = decode_statement(payload)
        same(encode_statement(statement), payload)
        return statement

    def entry(data: bytes) -> object:
        read = decode_entry(data)
        same(encode_entry(read), data)
        return read

    def archive(data: bytes) -> object:
        read = read_archive(data)
        same(write_archive(read), data)
        return read

    def names(data: bytes) -> object:
        read = pack_forms.read_names(data)
        same(pack_forms.write_names(read), data)
        return read

    def heads(data: bytes) -> object:
        read = pack_forms.read_heads(data)
        same(pack_forms.write_heads(read), data)
        return read

    def tail(data: bytes) -> object:
        read = pack_forms.read_tail(data)
        same(pack_forms.write_tail(read), data)
        return read

    def consistency(data: bytes) -> object:
        read = pack_forms.read_consistency(data)
        same(pack_forms.write_consistency(read), data)
        return read

    def key(data: bytes) -> object:
        read = parse_public(data)
        same(parse_public(public_text(read).encode()), read)
        return read

    every = pack_members()
    return {
        "archive": lambda: Target(archive, every["pack"], SECONDS),
        "consistency proof": lambda: Target(consistency, every["proof"], SECONDS, shaped=in_words),
        "entry": lambda: Target(entry, every["entries"], SECONDS, shaped=in_canonical),
        "envelope": lambda: Target(envelope, every["envelopes"], SECONDS, shaped=in_envelope),
        "evidence pack": lambda: Target(verify_pack, every["pack"]),
        "heads proof": lambda: Target(heads, every["heads"], SECONDS, shaped=in_canonical),
        "inclusion proof": lambda: Target(parse_tlog_proof, every["proofs"], SECONDS, shaped=in_words),
        "names": lambda: Target(names, every["names.json"], SECONDS, shaped=in_canonical),
        "public key": lambda: Target(key, every["keys"], SECONDS, shaped=in_words),
        "tail": lambda: Target(tail, every["tail"], SECONDS),
        "tail, start of": lambda: Target(pack_forms.read_tail_start, every["tail.json"], SECONDS, shaped=in_canonical),
    }


def exported_tiles() -> Target:
    """A log as static files, any one of which is damaged: the input is its number, a line feed, and its content."""
    from lossproof.ledger.checkpoint import sign_checkpoint
    from lossproof.ledger.tiles import export, read_entries, read_tiles
    from lossproof.ledger.tree import leaf_hashes, memory_reader
    from note_keys import checkpoint, log_key, secret

    entries = [b"%d" % at for at in range(_LEAVES)]
    place = folder()
    nodes = memory_reader(leaf_hashes(entries))
    export(place, sign_checkpoint(checkpoint(_LEAVES), secret(1)), nodes, lambda start, end: entries[start:end])
    paths = sorted(path for path in place.rglob("*") if path.is_file())
    good = {path: path.read_bytes() for path in paths}

    def run(data: bytes) -> object:
        number, _, content = data.partition(b"\n")
        path = paths[int.from_bytes(number[-4:]) % len(paths)]
        path.write_bytes(content)
        try:
            signed = read_tiles(place, [log_key()])
            # What was read is what was signed, so nothing can have been changed but a signature that is not looked at.
            same(list(read_entries(place, signed.checkpoint.size)), entries[: signed.checkpoint.size])
        finally:
            path.write_bytes(good[path])
        return signed

    corpus = [number.to_bytes(4) + b"\n" + good[path] for number, path in enumerate(paths)]
    return Target(run, corpus, SECONDS, refusals=ours("InputError"))


def time_stamp() -> Target:
    """A time stamp token of an authority made here."""
    from lossproof.ledger.stamps import request, verify_stamp
    from stamp_authority import Authority

    authority = Authority(folder())
    tokens = [authority.reply(request(_MESSAGE)) for _ in range(3)]
    return Target(lambda data: verify_stamp(data, _MESSAGE, [authority.root]), tokens, SECONDS)


def certificates() -> Target:
    """Certificates of authorities as somebody gives them."""
    from lossproof.ledger.stamps import check_authorities
    from stamp_authority import Authority

    made = Authority(folder())
    return Target(lambda data: check_authorities([data]), [made.root, made.issuer + made.root], SECONDS)


def sealed_list() -> Target:
    """A sealed list of people."""
    import pyrage

    from lossproof.ledger.manifest import open_manifest, seal_manifest

    identity = pyrage.x25519.Identity.generate()
    sealed = [seal_manifest(b"made up\n" * count, str(identity.to_public())).ciphertext for count in (1, 900)]
    return Target(lambda data: open_manifest(data, [identity]), sealed, SECONDS)


def sealed_list_inside() -> Target:
    """What is found in a sealed list by whoever can open it: anybody can have sealed it."""
    import zlib

    from lossproof.ledger.manifest import _unpacked, padme

    def packed(records: bytes) -> bytes:
        small = zlib.compress(records, 9)
        plain = len(small).to_bytes(8, "big") + small
        return plain.ljust(padme(len(plain)), b"\0")

    return Target(_unpacked, [packed(b"made up\n" * 40), packed(b"")], SECONDS)


def recipient() -> Target:
    """An age recipient."""
    from ledger.world import RECIPIENT
    from lossproof.ledger.manifest import parse_recipient

    return Target(lambda data: parse_recipient(data.decode("latin-1")), [RECIPIENT.encode()], SECONDS, shaped=in_words)


def identities() -> Target:
    """An identity file, bare and under a passphrase."""
    import pyrage

    from cheap_age import age_file
    from lossproof.ledger.keys import Secret
    from lossproof.ledger.manifest import read_identities

    bare = f"# made up\n{pyrage.x25519.Identity.generate()}\n".encode()
    return Target(lambda data: read_identities(data, lambda: Secret("x")), [bare, age_file(bare, "x")], SECONDS)


def backup() -> Target:
    """A copy of a store in SQLite, put back: what is damaged is refused, or makes a store whose log replays."""
    from ledger.world import World
    from lossproof.ledger.backup import restore
    from lossproof.ledger.database import open_database

    place = folder()
    store = str(place / "store")
    open_database(store, create=True).close()
    world = World(lambda: open_database(store), place)
    device = world.new_id()
    world.append(world.device(device), *(world.holding(device) for _ in range(5)))
    world.database.execute("PRAGMA journal_mode = DELETE")
    world.database.close()
    good = Path(store).read_bytes()
    copy, new = place / "copy", place / "new" / "store"

    def run(data: bytes) -> object:
        copy.write_bytes(data)
        shutil.rmtree(new.parent, ignore_errors=True)
        new.parent.mkdir()
        return restore(copy, str(new))

    return Target(run, [good], 60, refusals=ours("InputError", "StoreError", "PolicyError"))


def targets() -> dict[str, Callable[[], Target]]:
    """How to make every target of this module, by name."""
    alone = (exported_tiles, time_stamp, certificates, sealed_list, sealed_list_inside, recipient, identities, backup)
    every = notes() | members() | {one.__name__.replace("_", " "): one for one in alone}
    return {f"ledger {name}": every[name] for name in sorted(every)}
