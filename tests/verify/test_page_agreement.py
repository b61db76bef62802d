"""verify/verify.html and the product say the same of every pack: good, damaged, or made by a liar who holds the log key."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from itertools import islice

import pytest

from ledger.mutants import CROOKED, Mutant, mutants
from ledger.packs import random_pack
from verify import building
from verify.building import Book, a_register, a_story, build, sealed, unzipped
from verify.crooked_logs import crooked_logs
from verify.in_browser import Case, differences
from verify.lying_packs import BOOK_AND_MORE, POLICY, lying_packs, replayed
from verify.oversteps import steps
from verify.stories import every_grade, keys_come_and_go, lying_logs, nameless, took_over, with_note

pytestmark = pytest.mark.browser


def outcomes(page, cases):
    return Counter((said["outcome"], said["part"]) for said in page.verify(cases))


def good() -> Iterator[Case]:
    book = a_story(Book())
    yield Case("plain", build(), POLICY)
    yield Case("without policy", build())
    yield Case("no names", build(change=nameless), POLICY)
    yield Case("another device", build(about="laptop", change=nameless), POLICY)
    yield Case("no earlier", build(earlier=()), POLICY)
    yield Case("one witness is enough", build(witnesses=("quay",)), building.policy(threshold=1))
    yield Case("no witness", build(witnesses=()), building.policy(threshold=0))
    yield Case("unknown witnesses", build(), building.policy(witnesses=()))
    yield Case("earlier with witnesses", build(earlier={5: ("quay",), 12: ("harbour", "quay"), 18: ()}), POLICY)
    for size in (1, 5, 7, 12, 18):
        yield Case(f"since {size}", build(), POLICY, book.note(size))
    root = building.base64_of(bytes.fromhex(building.digest(b"")))
    yield Case("since the beginning", build(), POLICY, building.signed_note(f"{book.origin}\n0\n{root}\n"))
    for size in range(13, 18):
        yield Case(f"at size {size}", build(size=size, earlier=(1, size)), POLICY)
    yield Case("every grade", build(story=every_grade, earlier=()), POLICY)
    yield Case("keys come and go", build(story=keys_come_and_go), POLICY)
    for size in (18, 26, 27, 29, 32, 38):
        yield Case(f"a register, at {size}", build(story=a_register, size=size), POLICY)
    yield Case("a register, another device", build(story=a_register, about="tablet", change=nameless), POLICY)
    for name, story in steps().items():
        yield Case(name, build(story=story), POLICY)
    yield Case("times that say nothing", cosigned_at(0), POLICY)
    yield Case("times after all years", cosigned_at(1 << 62), POLICY)


def test_only_a_replay_whose_root_was_compared_and_that_reaches_the_heads_leaf_counts(page):
    def said(size, earlier=()):
        pack = sealed(replayed(size, building.root_of(BOOK_AND_MORE.hashes(size))).members("stick", earlier=earlier))
        [one] = page.verify([Case(f"{size} {earlier}", pack, POLICY)])
        return [listed["size"] for listed in one["replayed"]], "not_replayed" in one["not_proved"]

    # Leaf 15 replays 12 leaves; the heads leaf is 18.
    assert said(17) == ([], True)
    assert said(17, (17,)) == ([17], True)
    assert said(18, (12,)) == ([12, 18], True)
    assert said(19) == ([19], False)


def test_it_is_independent_only_where_every_fact_about_the_device_was_seen_outside(page):
    lax = building.policy(threshold=0)
    cases = [
        Case("before the device", build(witnesses=(), earlier={5: ("quay",)}), lax),
        Case("some of its facts", build(witnesses=(), earlier={12: ("quay",)}), lax),
        Case("all of its facts", build(witnesses=(), earlier={17: ("quay",)}), lax),
    ]
    assert differences(page, cases, whole=True) == {}
    for said, independent in zip(page.verify(cases), (False, False, True), strict=True):
        assert said["witnesses"]
        assert said["independent"] is independent
        assert ("not_witnessed" in said["not_proved"]) is not independent


def test_a_log_that_took_over_from_another_says_so(page):
    cases = [Case("took over", build(story=took_over, earlier=()), POLICY)]
    assert differences(page, cases, whole=True) == {}
    [said] = page.verify(cases)
    assert said["earlier_log"] == {"origin": building.origin_of("older"), "root": building.DIGEST, "size": 1204}
    assert "earlier_log" in said["not_proved"]


def cosigned_at(at: int) -> bytes:
    book = a_story(Book())
    text = book.text()
    lines = [building.cosignature(text, witness, at) for witness in building.WITNESSES]
    return sealed(with_note(book.members("stick"), building.signed_note(text, lines=lines)))


def test_of_good_packs_they_say_the_same_to_the_last_field(page):
    cases = list(good())
    assert differences(page, cases, whole=True) == {}
    assert {outcome for outcome, _ in outcomes(page, cases)} == {"verified", "self_consistent", "incomplete"}


def test_every_relation_role_and_method_gets_its_grade(page):
    [said] = page.verify([Case("grades", build(story=every_grade, earlier=()), POLICY)])
    graded = [fact for fact in said["facts"] if fact["grade"]]
    assert len(graded) == 4 * (4 * 3 + 1) * 2 + 1
    assert {fact["grade"] for fact in graded} == {"claimed", "imported", "observed", "examined"}


def test_of_what_the_product_packs_they_say_the_same_to_the_last_field(page):
    made = [random_pack(random.Random(seed)) for seed in range(10)]
    cases = [Case(f"{n}", one.pack, one.policy.text().encode(), one.since) for n, one in enumerate(made)]
    assert differences(page, cases, whole=True) == {}
    assert set(outcomes(page, cases)) == {("verified", None)}


def test_of_what_an_operator_could_do_they_say_the_same(page):
    cases = [as_case(make(random.Random(11))) for make in CROOKED.values()]
    assert differences(page, cases) == {}
    assert {outcome for outcome, _ in outcomes(page, cases)} == {"refused", "incomplete"}


def test_of_a_slice_of_the_mutants_they_say_the_same(page):
    draw = random.Random(20261123)
    cases = [as_case(one) for seed in range(4) for one in islice(mutants(random_pack(random.Random(seed)), draw), 15)]
    assert differences(page, cases) == {}
    assert {outcome for outcome, _ in outcomes(page, cases)} <= {"refused", "incomplete"}


def as_case(mutant: Mutant) -> Case:
    return Case(mutant.name, mutant.pack, mutant.policy.text().encode(), mutant.since)


def test_of_packs_with_a_changed_byte_they_say_the_same_and_never_verified(page):
    draw, pack = random.Random(20261123), build(about="laptop", earlier=(5,))
    cases = []
    for _ in range(60):
        at, bit = draw.randrange(len(pack)), 1 << draw.randrange(8)
        cases.append(Case(f"byte {at} ^ {bit}", pack[:at] + bytes([pack[at] ^ bit]) + pack[at + 1 :], POLICY))
    assert differences(page, cases) == {}
    assert {outcome for outcome, _ in outcomes(page, cases)} == {"refused"}


def test_of_any_bytes_they_say_the_same(page):
    draw, pack = random.Random(7), build()
    cases = [Case("empty", b""), Case("twice", pack + pack), Case("behind", pack + b"\0"), Case("before", b"\0" + pack)]
    cases += [Case(f"first {end}", pack[:end]) for end in (draw.randrange(len(pack)) for _ in range(40))]
    cases += [Case(f"random {n}", draw.randbytes(draw.randrange(200))) for n in range(40)]
    cases += [Case(f"random zip {n}", b"PK\x03\x04" + draw.randbytes(draw.randrange(200))) for n in range(40)]
    assert differences(page, cases) == {}
    assert outcomes(page, cases) == {("refused", "container"): len(cases)}


def test_of_members_with_any_bytes_under_an_honest_manifest_they_say_the_same(page):
    draw, honest = random.Random(11), unzipped(build(about="laptop", earlier=(5,), change=nameless))
    del honest["manifest.json"]
    changes = (
        lambda raw: b"",
        lambda raw: raw[: draw.randrange(len(raw) + 1)],
        lambda raw: draw.randbytes(30),
        lambda raw: raw + b"\n",
        lambda raw: flipped(raw, draw),
    )
    cases = []
    for name in honest:
        for number, change in enumerate(draw.sample(changes, 2)):
            # Two that no verifier reads, and two from which the builder takes what the manifest says.
            if name not in ("page.html", "policy", "checkpoint", "tail.json"):
                cases.append(
                    Case(f"{name} {number}", sealed({**honest, name: change(honest[name])}, about="laptop"), POLICY)
                )
    assert differences(page, cases) == {}
    assert {outcome for outcome, _ in outcomes(page, cases)} <= {"refused", "verified"}


def flipped(raw: bytes, draw: random.Random) -> bytes:
    if not raw:
        return b"x"
    at = draw.randrange(len(raw))
    return raw[:at] + bytes([raw[at] ^ (1 << draw.randrange(7))]) + raw[at + 1 :]


def test_of_packs_without_a_member_or_with_one_more_they_say_the_same(page):
    honest, other = unzipped(build()), unzipped(build(about="laptop"))
    del honest["manifest.json"], other["manifest.json"]
    cases = []
    for name in honest.keys() - {"checkpoint", "tail.json"}:  # the builder takes the size and the heads leaf from these
        cases.append(Case(f"without {name}", sealed({one: raw for one, raw in honest.items() if one != name}), POLICY))
    strange = [
        "readme",
        "entries/1.json",
        "entries/000000007.txt",
        "earlier/000000007.tsr",
        "../x",
        "entries/",
        "e" * 101,
    ]
    more = {name: raw for name, raw in other.items() if name not in honest} | dict.fromkeys(strange, b"")
    cases += [Case(f"with {name}", sealed({**honest, name: raw}), POLICY) for name, raw in more.items()]
    assert differences(page, cases) == {}
    # Without an earlier checkpoint, both its files, a pack shows less; without one of the two it is refused.
    assert {outcome for outcome, _ in outcomes(page, cases)} == {"refused"}


def test_of_a_lying_log_they_say_the_same(page):
    cases = []
    for name, story, spare in lying_logs():
        cases.append(Case(name, build(story=story, earlier=()), POLICY))
        cases.append(Case(f"{name}, without a policy", build(story=story, earlier=())))
        if spare:
            book = Book()
            story(book)
            size = len(book.entries) - spare
            cases.append(Case(f"{name}, in the tail", sealed(book.members("stick", size=size)), POLICY))
    assert differences(page, cases) == {}
    found = outcomes(page, cases)
    assert {outcome for outcome, _ in found} == {"refused"}
    assert {part for _, part in found} >= {"key", "chain", "time"}


def test_of_what_breaks_one_chain_a_key_they_say_the_same(page):
    told = list(crooked_logs())
    cases = [Case(name, build(story=story), POLICY) for name, story, _ in told]
    assert differences(page, cases) == {}
    said = [(case.name, one["outcome"], one["part"]) for case, one in zip(cases, page.verify(cases), strict=True)]
    assert said == [(name, "refused", part) for name, _, part in told]


def test_of_a_lying_packer_they_say_the_same(page):
    cases = list(lying_packs())
    assert differences(page, cases) == {}
    parts = "manifest checkpoint quorum earlier since tail proof keys heads chain time names"
    assert {part for _, part in outcomes(page, cases)} >= set(parts.split())
    said = {case.name: one["outcome"] for case, one in zip(cases, page.verify(cases), strict=True)}
    assert {name for name, outcome in said.items() if outcome != "refused"} == {
        name for name in said if name.startswith("no lie")
    }
