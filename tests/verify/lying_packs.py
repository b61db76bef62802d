"""Packs of an honest log by a liar who holds the log key: each is to be refused, but where its name says that it is no lie."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from verify import building
from verify.building import Book, Members, a_register, a_story, canonical, identity, sealed
from verify.in_browser import Case
from verify.stories import with_note

POLICY = building.policy()
BOOK = a_story(Book())
HONEST = BOOK.members("stick", earlier=(5, 12))


def a_fork() -> Book:
    """Another history of the same log."""
    fork = Book()
    fork.fact("genesis", building.genesis(), "log", "owner", "trust")
    while len(fork.entries) < len(BOOK.entries):
        fork.fact("registration", building.device(), "stick")
    return fork


FORK = a_fork()


def replayed(size: int, root: bytes, *, withdrawn: bool = False) -> Book:
    """The story, a new heads leaf (18), three entries more, and a replay to this size (leaf 22)."""
    book = a_story(Book())
    book.heads()
    for _ in range(3):
        book.fact("inspection", building.inspection(), "laptop", by="inspector")
    leaf = book.fact("replay", {"root": root.hex(), "size": size, "tool": building.TOOL}, "log", by="auditor")
    if withdrawn:
        book.retract(leaf, "log", by="auditor")
    return book


BOOK_AND_MORE = replayed(1, bytes(32))


def lying_packs() -> Iterator[Case]:
    """All of them."""
    for lies in (
        about_absence,
        about_presence,
        about_names,
        in_the_manifest,
        with_notes,
        since,
        of_witnesses,
        of_replays,
        of_exceptions,
        elsewhere,
    ):
        yield from lies()


def changed(**members: bytes) -> bytes:
    """The honest pack with other members, under a manifest that the log signed."""
    return sealed(HONEST | members)


def about_absence() -> Iterator[Case]:
    member = f"heads/{identity('auditor')}.json"
    proof = json.loads(HONEST[member])
    lies: dict[str, dict[str, Any]] = {
        "count": {"count": proof["count"] + 1},
        "left alone": {"right": None},
        "right alone": {"left": None},
        "neither": {"left": None, "right": None},
        "last": {"last": 3},
        "subject": {"subject": identity("stick")},
        "more": {"more": 1},
        "not adjoining": {"right": proof["left"]},
    }
    for name, fields in lies.items():
        yield Case(f"absence: {name}", changed(**{member: canonical(proof | fields)}), POLICY)


def about_presence() -> Iterator[Case]:
    member = f"heads/{identity('stick')}.json"
    proof = json.loads(HONEST[member])
    lies: dict[str, dict[str, Any]] = {
        "last": {"last": 8},
        "later": {"last": 13},
        "position": {"position": 0},
        "count": {"count": proof["count"] + 8},
        "path": {"path": proof["path"][:-1]},
        "float": {"count": float(proof["count"])},
        "true": {"position": True},
    }
    for name, fields in lies.items():
        yield Case(f"head: {name}", changed(**{member: canonical(proof | fields)}), POLICY)
    yield Case("head: of another", changed(**{member: HONEST[f"heads/{identity('log')}.json"]}), POLICY)


def about_names() -> Iterator[Case]:
    raw = HONEST["names.json"]
    names = json.loads(raw)
    lies = {
        "another value": [names[0] | {"value": "Another Trust"}, names[1]],
        "another kind": [names[0] | {"kind": "asset_tag"}, names[1]],
        "twice": [names[0], names[0]],
        "out of order": names[::-1],
        "of nothing": [*names, {"digest": "f" * 64, "kind": "serial", "salt": "0" * 32, "value": "x"}],
        "no text": [names[0] | {"value": 4711}],
    }
    for name, listed in lies.items():
        yield Case(f"names: {name}", changed(**{"names.json": canonical(listed)}), POLICY)
    spellings = {
        "not ASCII": raw.replace(b"\\u00e9", "\u00e9".encode()),
        "half a character": raw.replace(b"\\u00e9", b"\\ud800"),
        "upper case": raw.replace(b"\\u00e9", b"\\u00E9"),
        "spaces": raw.replace(b",", b", "),
        "deep": b"[" * 50_000 + b"]" * 50_000,
    }
    for name, spelt in spellings.items():
        assert spelt != raw
        yield Case(f"names: {name}", changed(**{"names.json": spelt}), POLICY)


def in_the_manifest() -> Iterator[Case]:
    lies: dict[str, dict[str, Any]] = {
        "heads": {"heads": 11},
        "heads past": {"heads": 18},
        "size": {"size": 17},
        "device": {"device": identity("laptop")},
        "unknown device": {"device": identity("nothing")},
        "origin": {"origin": building.origin_of("other")},
        "tool": {"tool": "another 1.0"},
        "made at": {"made_at": "2026-02-30T12:00:00Z"},
        "version": {"v": 2},
        "more": {"more": 1},
    }
    for name, fields in lies.items():
        yield Case(f"manifest: {name}", sealed(HONEST, **fields), POLICY)
    yield Case("manifest by another key", sealed(HONEST, by="owner"), POLICY)


def with_notes() -> Iterator[Case]:
    yield Case("the note of the fork", sealed(with_note(HONEST, FORK.note())), POLICY)
    yield Case("the fork as earlier", changed(**{"earlier/000000005.checkpoint": FORK.note(5)}), POLICY)
    renamed = {"earlier/000000006.checkpoint": BOOK.note(5), "earlier/000000006.proof": b""}
    yield Case("earlier under another size", changed(**renamed), POLICY)
    same_size = {"earlier/000000018.checkpoint": FORK.note(), "earlier/000000018.proof": b""}
    yield Case("the fork as earlier at this size", changed(**same_size), POLICY)
    yield Case("another log's policy", sealed(HONEST), building.policy(log="other"))
    yield Case("another key's policy", sealed(HONEST), building.policy(log="other", origin=BOOK.origin))
    extended = building.signed_note(f"{BOOK.text()}more\n", lines=_cosigned(BOOK.text()))
    yield Case("an extension line", sealed(with_note(HONEST, extended)), POLICY)


def since() -> Iterator[Case]:
    pack = sealed(HONEST)
    yield Case("since of a fork", pack, POLICY, FORK.note(5))
    yield Case("since of a fork of this size", pack, POLICY, FORK.note())
    yield Case("since of a fork without a policy", pack, None, FORK.note(12))
    yield Case("since of a larger log", sealed(BOOK.members("stick", size=14)), POLICY, BOOK.note(16))
    yield Case("since of another log", pack, POLICY, a_story(Book("other")).note(5))
    yield Case("since without a signature", pack, POLICY, BOOK.text(5).encode())
    yield Case("since of another key", pack, POLICY, building.signed_note(BOOK.text(5), "other"))


def _cosigned(text: str, at: int = 1_800_000_000) -> list[str]:
    return [building.cosignature(text, witness, at) for witness in building.WITNESSES]


def of_witnesses() -> Iterator[Case]:
    text = BOOK.text()
    [harbour, quay] = _cosigned(text)
    forged = quay[:-12] + ("A" if quay[-12] != "A" else "B") + quay[-11:]
    log_line = building.signed_note(text).decode().split("\n\n")[1]
    lines = {
        "a forged cosignature": [harbour, forged],
        "a cosignature of other text": [harbour, building.cosignature(BOOK.text(5), "quay", 1)],
        "a witness missing": [harbour],
        "witnesses long before": _cosigned(text, 1_500_000_000),
        "no lie: a witness twice": [
            harbour,
            quay,
            building.cosignature(text, "quay", 1_700_000_000 + 90_000_000),
            quay,
        ],
        "no lie: the log twice": [log_line, harbour, quay],
    }
    for name, made in lines.items():
        yield Case(name, sealed(with_note(HONEST, building.signed_note(text, lines=made))), POLICY)
    earlier = {"earlier/000000005.checkpoint": building.signed_note(BOOK.text(5), lines=[forged])}
    yield Case("a forged cosignature on an earlier one", changed(**earlier), POLICY)


def of_replays() -> Iterator[Case]:
    """Of sizes before the heads leaf (12, 5), there, and in the tail; each with the true root, and with another."""
    for size, earlier in ((5, (5,)), (5, (12,)), (12, (12,)), (17, (17,)), (18, ()), (20, ()), (22, ())):
        true = building.root_of(BOOK_AND_MORE.hashes(size))
        for name, root in {"": true, "another ": FORK.hashes(1)[0]}.items():
            # Before the heads leaf only an earlier checkpoint of that size shows the root.
            known = size >= 18 or size in earlier
            lie = "" if name == "" or not known else "a lie: "
            pack = sealed(replayed(size, root).members("stick", earlier=earlier))
            yield Case(f"{lie or 'no lie: '}replay to {size}, {name}root, earlier {earlier}", pack, POLICY)
    for size in (23, 24, 400):
        yield Case(f"replay to {size}", sealed(replayed(size, FORK.hashes(1)[0]).members("stick")), POLICY)
    false = replayed(20, FORK.hashes(1)[0], withdrawn=True)
    yield Case("a false replay that was withdrawn", sealed(false.members("stick")), POLICY)
    true = replayed(20, building.root_of(BOOK_AND_MORE.hashes(20)), withdrawn=True)
    yield Case("no lie: a replay that was withdrawn", sealed(true.members("stick")), POLICY)
    trust = a_story(Book())
    of_itself = {"root": building.DIGEST, "size": len(trust.entries) + 1, "tool": building.TOOL}
    trust.fact("replay", of_itself, "trust", "log", by="auditor")
    yield Case("a replay of its own first leaf", sealed(trust.members("stick")), POLICY)
    nothing = replayed(0, FORK.hashes(1)[0])
    yield Case("no lie: a replay of nothing", sealed(nothing.members("stick")), POLICY)


def of_exceptions() -> Iterator[Case]:
    """The chain of an exception that let a device go is relied on, and that of one that nothing names is not."""
    whole = a_register(Book()).members("stick")
    yield Case("no lie: a register", sealed(whole), POLICY)
    head, leaf = f"heads/{identity('leave')}.json", json.loads(whole[f"heads/{identity('leave')}.json"])["last"]
    made = {name for name in whole if f"{leaf:09}" in name}
    envelope = json.loads(whole[f"entries/{leaf:09}.json"])["digest"]
    made.add(f"envelopes/{envelope}.json")
    assert len(made) == 3
    for name, gone in {"": {head, *made}, ", all but its proof": made, ", its proof": {head}}.items():
        left: Members = {one: raw for one, raw in whole.items() if one not in gone}
        yield Case(f"an exception left out{name}", sealed(left), POLICY)
    # At leaf 27 it was made, and no event names it yet.
    book = a_register(Book())
    before, named = book.members("stick", size=28), book.members("stick", size=29)
    more = {name: raw for name, raw in named.items() if name.startswith("heads/") or name in made}
    proofs = {name: building.proof_of(leaf, book.hashes(28), before["checkpoint"]) for name in more if "proofs" in name}
    yield Case("an exception that nothing names", sealed(before | more | proofs), POLICY)


def elsewhere() -> Iterator[Case]:
    agent = f"keys/{building.fingerprint('agent')}.pem"
    yield Case("another key's PEM", changed(**{agent: building.pem("quay")}), POLICY)
    yield Case("a PEM of other line ends", changed(**{agent: HONEST[agent].replace(b"\n", b"\r\n")}), POLICY)
    weak = bytes([1]) + bytes(31)
    yield Case(
        "a point of small order", changed(**{f"keys/{building.digest(weak)}.pem": building.pem_of(weak)}), POLICY
    )
    tail = HONEST["tail"]
    yield Case("a tail with less", changed(tail=tail[2 + int.from_bytes(tail[:2], "big") :]), POLICY)
    yield Case("an empty tail", changed(tail=b""), POLICY)
    start = json.loads(HONEST["tail.json"])
    turned = canonical(start | {"peaks": start["peaks"][::-1]})
    yield Case("peaks in another order", changed(**{"tail.json": turned}), POLICY)
    longer = canonical(start | {"peaks": [*start["peaks"], building.DIGEST]})
    yield Case("a peak too many", changed(**{"tail.json": longer}), POLICY)
    proof = "proofs/000000007.tlog-proof"
    for name, old, new in (
        ("extra data", b"@v1\n", b"@v1\nextra aGVsbG8=\n"),
        ("another index", b"index 7", b"index 6"),
        ("a zero in front", b"index 7", b"index 07"),
    ):
        yield Case(f"a proof: {name}", changed(**{proof: HONEST[proof].replace(old, new)}), POLICY)
