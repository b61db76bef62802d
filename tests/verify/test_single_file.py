"""verify/verify.py: the same answers as the product on every pack, and nothing but an answer on any bytes."""

from __future__ import annotations

import ast
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import cache, partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fact_samples import samples
from ledger.mutants import CROOKED, mutants
from ledger.packs import random_pack
from lossproof.errors import FormatError, UnsupportedError
from lossproof.ledger.trust import parse_policy
from lossproof.model.fact import REGISTER_ENROLS, Authentication, Duty, Relation, Role
from lossproof.model.facts import kinds
from lossproof.model.facts.custody import CustodyEvent
from lossproof.model.pack import Part
from lossproof.wire.facts import encode_predicate
from stamp_authority import CONF, Authority
from verify import building
from verify.building import Book, Members, a_register, a_story, build, sealed, unzipped
from verify.crooked_logs import crooked_logs, once_more, replay
from verify.in_browser import Case
from verify.lying_packs import POLICY, lying_packs
from verify.oversteps import steps
from verify.single_file import FILE, SINGLE, compared, verified
from verify.stories import every_grade, keys_come_and_go, lying_logs, nameless
from verify.test_page_witnesses import cosigned

PACK = build()
PARTS = {str(part) for part in Part}
MOST = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


# What it is.


def test_it_needs_the_standard_library_and_cryptography_alone():
    found = set()
    for node in ast.walk(ast.parse(FILE.read_text())):
        if isinstance(node, ast.Import):
            found |= {one.name.split(".")[0] for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or ".").split(".")[0])
    assert found - sys.stdlib_module_names == {"cryptography"}


def test_it_knows_every_kind_of_fact_its_fields_and_who_may_state_it():
    assert SINGLE.FIELDS.keys() == SINGLE.SIGNERS.keys() == kinds().keys()
    for name, kind in kinds().items():
        assert SINGLE.FIELDS[name].keys() | {"true_at"} == {one.name for one in fields(kind)}, name
        assert SINGLE.SIGNERS[name] == kind.SIGNERS, name
    assert samples()
    for statement in samples():
        said = json.loads(encode_predicate(statement.predicate))
        assert SINGLE.Fact(statement.kind, (), said, "").roles == statement.predicate.signers(), said
    assert {str(role) for role in REGISTER_ENROLS} == SINGLE.ENROLLED_BY_REGISTERS
    assert tuple(Authentication) == tuple(SINGLE.AUTHENTICATED)
    for name, words in {"ROLES": Role, "RELATION": Relation, "DUTY": Duty, "EVENTS": CustodyEvent}.items():
        assert set(getattr(SINGLE, name)) == set(words), name


def test_its_steps_are_those_of_the_result():
    assert {part for part, _ in SINGLE.Pack.STEPS} == PARTS


# It agrees with the product.


def good() -> Iterator[Case]:
    book = a_story(Book())
    for policy in (POLICY, None):
        yield Case("plain", PACK, policy)
        yield Case("erased", build(change=nameless), policy)
        yield Case("another device", build(about="laptop", change=nameless), policy)
        yield Case("every grade", build(story=every_grade, earlier=()), policy)
        yield Case("keys come and go", build(story=keys_come_and_go), policy)
        yield Case("a register", build(story=a_register), policy)
        for size in (1, 5, 7, 12, 18):
            yield Case(f"since {size}", PACK, policy, book.note(size))
    for size in range(13, 18):
        yield Case(f"at {size}", build(size=size, earlier={1: (), 3: ("quay",), size: ("harbour",)}), POLICY)
    for size in (18, 26, 27, 29, 32):
        yield Case(f"a register, at {size}", build(story=a_register, size=size), POLICY)
    for name, story in (honest_logs() | steps()).items():
        yield Case(name, build(story=story), POLICY)
    yield Case("seen at size 5 alone", build(witnesses=(), earlier={5: ("quay",)}), building.policy(threshold=0))
    yield Case("enough of two", build(witnesses=("quay",)), building.policy(threshold=1))
    yield Case("none asked for", build(witnesses=()), building.policy(threshold=0))


def honest_logs() -> dict[str, Callable[[Book], object]]:
    """Logs with something in them that looks like a lie, or that the result speaks of."""

    def after_a_story(tell: Callable[[Book], object]) -> Callable[[Book], object]:
        return lambda log: tell(a_story(log))

    def withdrawn(log: Book) -> None:
        log.retract(replay(log, 14), log.log, by="auditor")

    def same_relation(log: Book) -> None:
        log.fact("registration", building.organisation("processor"), "contractor")

    def ended_before_it_began(log: Book) -> None:
        log.fact("registration", building.registration("ended"), "friend")
        log.fact("registration", building.key("friend", "agent"), "friend")
        log.fact("inspection", building.inspection(), "stick", by="friend")

    def replayed_under_the_stick_too(log: Book) -> None:
        replay(log, len(log.entries), "", "stick", log.log)

    def taken_over(log: Book) -> None:
        earlier = {"origin": building.origin_of("old"), "root": building.DIGEST, "size": 4711}
        log.fact("genesis", building.genesis(log.log, earlier=earlier), log.log, "owner", "trust")
        log.fact("registration", building.device(), "stick")
        log.heads()
        log.fact("registration", building.device(), "stick", true_at="2026-01-05T09:00:00Z")
        for _ in range(10):
            log.fact("registration", building.device(), "laptop")

    stories: dict[str, Callable[[Book], object]] = {
        f"replayed to {size}": partial(replay, size=size) for size in (0, 5, 7, 12, 13, 16, 18)
    }
    stories |= {
        "a replay withdrawn": withdrawn,
        "the same relation again": same_relation,
        "a key ended before it began": ended_before_it_began,
        "a replay about the stick too": replayed_under_the_stick_too,
        "another device's leaf twice": once_more("laptop", 17),
    }
    return {name: after_a_story(story) for name, story in stories.items()} | {"taken over": taken_over}


def test_of_good_packs_it_says_what_the_product_says_to_the_last_field():
    outcomes = {outcome for outcome, _ in compared(good())}
    assert outcomes == {"verified", "self_consistent", "incomplete"}


def test_of_packs_of_any_shape_it_says_what_the_product_says_to_the_last_field():
    made = [random_pack(random.Random(seed)) for seed in range(40)]
    cases = [Case(str(at), one.pack, one.policy.text().encode(), one.since) for at, one in enumerate(made)]
    assert compared(cases) == {("verified", None): len(cases)}
    assert compared(Case(case.name, case.pack, None, case.since) for case in cases) == {
        ("self_consistent", None): len(cases)
    }


def test_of_a_lying_log_it_says_what_the_product_says():
    cases = [Case(name, build(story=story, earlier=()), POLICY) for name, story, _ in lying_logs()]
    cases += [Case(f"{name}, without a policy", build(story=story, earlier=())) for name, story, _ in lying_logs()]
    assert {outcome for outcome, _ in compared(cases)} == {"refused"}


def test_a_lie_in_the_tail_is_refused():
    lies = list(crooked_logs())
    assert lies
    found = {name: verified(Case(name, build(story=story), POLICY)) for name, story, _ in lies}
    assert {name: one["part"] for name, one in found.items()} == {name: part for name, _, part in lies}


def test_of_a_lie_in_the_tail_it_says_what_the_product_says():
    cases = [Case(name, build(story=story), policy) for name, story, _ in crooked_logs() for policy in (POLICY, None)]
    assert {outcome for outcome, _ in compared(cases)} == {"refused"}


def told(name: str) -> dict[str, Any]:
    """What is said of one of the honest logs."""
    return verified(Case(name, build(story=honest_logs()[name]), POLICY))


def test_a_replay_counts_where_its_root_was_compared_and_for_the_heads_leaf_only_if_it_goes_beyond_it():
    for size, is_compared in {0: False, 5: True, 7: False, 12: True, 13: True, 16: True, 18: True}.items():
        said = told(f"replayed to {size}")
        assert ((18, size) in {(one["leaf"], one["size"]) for one in said["replayed"]}) == is_compared, size
        assert ("not_replayed" in said["not_proved"]) == (size <= 12), size
    assert [one["leaf"] for one in told("a replay withdrawn")["replayed"]] == [15]
    assert [one["leaf"] for one in told("a replay about the stick too")["replayed"]] == [15, 19]


def test_a_witness_who_saw_nothing_of_the_device_makes_nothing_independent():
    for size in (5, 12, 16, 17, 18):  # the last leaf about the stick is 16
        pack = build(witnesses=(), earlier={size: ("quay",)})
        said = verified(Case("", pack, building.policy(threshold=0)))
        assert said["independent"] == (size > 16), size
        assert ("not_witnessed" in said["not_proved"]) == (size <= 16), size
        assert len(said["witnesses"]) == 1


def test_a_log_that_took_over_from_another_says_so():
    said = told("taken over")
    assert said["earlier_log"] == {"origin": building.origin_of("old"), "root": building.DIGEST, "size": 4711}
    assert "earlier_log" in said["not_proved"]
    assert told("replayed to 5")["earlier_log"] is None
    assert any(line.startswith("  took over    from log lossproof/") for line in SINGLE.in_words(said))


def test_of_a_lying_packer_it_says_what_the_product_says():
    found = compared(lying_packs())
    assert {part for _, part in found} >= PARTS - {"container", "entry", "envelope", "key"}


def test_of_the_products_own_mutants_it_says_what_the_product_says():
    cases = []
    for seed in range(4):
        draw = random.Random(seed)
        endless = mutants(random_pack(draw), draw)
        cases += [next(endless) for _ in range(100)]
    cases += [make(random.Random(1)) for make in CROOKED.values()]
    found = compared(Case(one.name, one.pack, one.policy.text().encode(), one.since) for one in cases)
    assert {outcome for outcome, _ in found} == {"refused", "incomplete"}
    assert {part for _, part in found} == PARTS


# Time stamps and witnesses.


needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def stamped(authority) -> Members:
    """The members of a pack with a stamp."""
    return a_story(Book()).members("stick", earlier=(5, 12), stamps={12: lambda text: reply(authority, text)})


def reply(authority: Authority, text: bytes, conf: str = CONF) -> bytes:
    return authority.reply(authority.query(text), conf)


@needs_openssl
def test_a_stamp_counts_by_its_authority_and_is_said_not_to_be_proved_otherwise(authority, stamped, tmp_path):
    pack, other = sealed(stamped), Authority(tmp_path)
    cases = {
        "held": (authority.root,),
        "among others": (other.root, authority.issuer, authority.root),
        "not given": (),
        "another": (other.root,),
        "not a root": (authority.issuer,),
    }
    said = {name: verified(Case(name, pack, POLICY, None, given)) for name, given in cases.items()}
    assert compared(Case(name, pack, POLICY, None, given) for name, given in cases.items()) == {("verified", None): 5}
    assert [one["authority"] for one in said["held"]["stamps"]] == [authority.root_fingerprint]
    assert said["among others"] == said["held"]
    assert {name: bool(one["stamps"]) for name, one in said.items() if name not in ("held", "among others")} == {
        "not given": False,
        "another": False,
        "not a root": False,
    }
    assert "stamps_not_checked" in said["not given"]["not_proved"]
    assert "stamp_not_trusted" in said["another"]["not_proved"]


@needs_openssl
def test_a_stamp_of_something_else_does_not_count(authority, stamped):
    for token in (
        reply(authority, b"something else"),
        reply(authority, a_story(Book()).note(12)),
        stamped["earlier/000000012.tsr"] + b"\0",
        b"",
    ):
        case = Case("", sealed(stamped | {"earlier/000000012.tsr": token}), POLICY, None, (authority.root,))
        compared([case])
        assert verified(case)["stamps"] == []


@needs_openssl
def test_a_stamp_of_a_time_before_the_logs_own_refuses_the_pack(authority):
    book = a_story(Book(begin=building.datetime.now(building.UTC) + building.timedelta(minutes=30)))
    members = book.members("stick", earlier=(5,), stamps={5: lambda text: reply(authority, text)})
    assert compared([Case("", sealed(members), POLICY, None, (authority.root,))]) == {("refused", "time"): 1}


@needs_openssl
@MOST
@given(data=st.data())
def test_a_stamp_that_is_damaged_anywhere_counts_as_it_was_or_not_at_all(authority, stamped, data):
    token = bytearray(stamped["earlier/000000012.tsr"])
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(token) - 1))
        token[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    whole = SINGLE.verify(sealed(stamped), POLICY, None, (authority.root,))["stamps"]
    said = SINGLE.verify(sealed(stamped | {"earlier/000000012.tsr": bytes(token)}), POLICY, None, (authority.root,))
    assert said["outcome"] == "verified"
    assert said["stamps"] in ([], whole)


def test_an_ml_dsa_44_cosignature_counts_if_it_holds():
    assert compared([cosigned()]) == {("verified", None): 1}
    assert compared([cosigned(flip=1)]) == {("refused", "quorum"): 1}


def test_a_witness_that_cannot_be_checked_here_has_not_signed(monkeypatch):
    monkeypatch.setattr(SINGLE, "ml_dsa_44", lambda public: None)
    assert verified(cosigned())["part"] == "quorum"


# Any bytes.


def answered(case: Case) -> None:
    said = verified(case)
    assert said["outcome"] in {"verified", "self_consistent", "incomplete", "refused"}
    if said["outcome"] == "refused":
        assert said["part"] in PARTS
        assert said["message"] == said["message"].strip(".")
        json.dumps(said)


@MOST
@given(raw=st.binary(max_size=300), ahead=st.booleans())
def test_any_bytes_are_refused(raw, ahead):
    case = Case("", (b"PK\x03\x04" if ahead else b"") + raw, POLICY)
    assert compared([case]) == {("refused", "container"): 1}


@cache
def honest() -> Members:
    members = unzipped(build(about="laptop", earlier=(5,), change=nameless))
    del members["manifest.json"]
    return members


FAMILIES = st.sampled_from(sorted(set(honest()) - {"checkpoint", "tail.json"}))
"""Of the two left out, the builder takes what the manifest says."""


@MOST
@given(data=st.data())
def test_any_bytes_in_a_member_are_answered_as_the_product_answers(data):
    name = data.draw(FAMILIES)
    raw = honest()[name]
    at = data.draw(st.integers(0, len(raw)))
    changed = raw[:at] + data.draw(st.binary(max_size=3)) + raw[at + data.draw(st.integers(0, 3)) :]
    for member in (changed, data.draw(st.binary(max_size=40))):
        case = Case(name, sealed(honest() | {name: member}, about="laptop"), POLICY)
        answered(case)
        compared([case])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@MOST
@given(name=FAMILIES.filter(lambda name: name.endswith(".json")), value=JSON, data=st.data())
def test_any_json_in_a_member_is_answered(name, value, data):
    whole = json.loads(honest()[name])
    if isinstance(whole, dict):
        value = whole | {data.draw(st.sampled_from(sorted(whole))): value}
    answered(Case(name, sealed(honest() | {name: building.canonical(value)}, about="laptop"), POLICY))


@pytest.mark.parametrize("raw", [b"[" * 100_000, b"1" * 10_000, b"1e999999", b'{"a":NaN}', b"\xff", b'"\\ud800"'])
def test_json_that_is_a_burden_is_refused(raw):
    for name in ("names.json", f"heads/{building.identity('laptop')}.json"):
        said = verified(Case(name, sealed(honest() | {name: raw}, about="laptop"), POLICY))
        assert (said["outcome"], said["part"]) == ("refused", name.split(".")[0].split("/")[0])


@MOST
@given(data=st.data())
def test_any_policy_and_any_checkpoint_are_read_or_refused_as_by_the_product(data):
    def hurt(raw: bytes) -> bytes:
        at = data.draw(st.integers(0, len(raw)))
        piece = st.binary(max_size=2) | st.sampled_from([b"any", b"\n", b" ", b"none", b"0", b"group x 1 harbour\n"])
        return raw[:at] + data.draw(piece) + raw[at + data.draw(st.integers(0, 2)) :]

    policy, since = hurt(POLICY), hurt(a_story(Book()).note(12))
    try:
        parse_policy(policy)
    except (FormatError, UnsupportedError):
        with pytest.raises(SINGLE.UnreadableError):
            SINGLE.verify(PACK, policy)
    else:
        compared([Case("", PACK, policy, since)])


# The command line.


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", FILE, *arguments]
    return subprocess.run([str(one) for one in command], capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def files(tmp_path):
    book = a_story(Book())
    contents = {
        "good": PACK,
        "bad": PACK[:-1],
        "policy": POLICY,
        "since": book.note(7),
        "not a policy": b"\0",
        "not a certificate": b"-----BEGIN",
    }
    for name, raw in contents.items():
        (tmp_path / name).write_bytes(raw)
    return tmp_path


def test_the_exit_status_is_0_only_when_everything_was_verified(files):
    good, policy = files / "good", files / "policy"
    assert run(good, "--trust", policy).returncode == 0
    assert run(good).returncode == 1
    assert run(good, "--trust", policy, "--since", files / "since").returncode == 1
    assert run(files / "bad", "--trust", policy).returncode == 12
    assert run(good, "--trust", files / "not a policy").returncode == 10
    assert run(good, "--authority", files / "not a certificate").returncode == 10
    assert run(files / "missing").returncode == 16
    assert run().returncode == 2


def test_json_is_the_result_object_whatever_the_outcome(files):
    for name in ("good", "bad"):
        done = run(files / name, "--trust", files / "policy", "--json")
        assert json.loads(done.stdout) == SINGLE.verify((files / name).read_bytes(), POLICY)
        assert done.stderr == ""


def test_in_words_it_says_what_is_proved_and_what_is_not(files):
    said = run(files / "good").stdout
    assert said.startswith("NOT PROOF YET")
    assert "give --trust a policy that reached you by another channel" in said
    said = run(files / "good", "--trust", files / "policy").stdout
    assert said.startswith("VERIFIED")
    assert "RETRACTED by leaf 11" in said
    assert 'by the word of "harbour"' in said
    assert run(files / "bad").stdout == (
        "REFUSED: nothing in this pack can be believed.\n  container: not the archive that its members make\n"
    )


def test_what_a_register_states_is_said_to_be_for_whom(files):
    (files / "register").write_bytes(build(story=a_register))
    said = run(files / "register", "--trust", files / "policy").stdout
    nurse = f"person {building.identity('nurse')}"
    assert (
        f"by register key {building.fingerprint('register')} (controller), for {nurse}, who had a one-time link" in said
    )
    assert "(controller), for somebody whom it does not name, who had a one-time link" in said
    assert f"by register key {building.fingerprint('register')} (controller), which does not say for whom" in said
    assert "how it knew them is its signer's word" in said
    assert "how it knew them" not in run(files / "good", "--trust", files / "policy").stdout
    assert not [
        line for line in said.splitlines() if "register key" in line and ", for " not in line and ", which" not in line
    ]


def test_a_name_cannot_speak_to_the_terminal(files):
    def story(log: Book) -> None:
        a_story(log)
        log.fact("registration", building.device(serial=log.name("\x1b[2J\u202e", "serial")), "stick")

    (files / "loud").write_bytes(build(story=story))
    said = run(files / "loud", "--trust", files / "policy").stdout
    assert said.startswith("VERIFIED")
    assert r"\u001b[2J\u202e" in said
    assert "\x1b" not in said


def test_every_code_has_its_words():
    assert SINGLE.HEADLINES.keys() == {"verified", "self_consistent", "incomplete", "refused"}
    codes = "no_policy not_witnessed stamps_not_checked stamp_not_trusted not_replayed earlier_log page"
    codes += " spoken_for truth_of_statements"
    assert SINGLE.NOT_PROVED.keys() == set(codes.split())
