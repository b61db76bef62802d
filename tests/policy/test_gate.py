from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fact_samples import LAYER
from lossproof.model.estate import Contents, CustodyNow, CustodyState, DeviceState, Evidence, Exemption
from lossproof.model.fact import Grade, Method, Relation
from lossproof.model.facts.inspection import LayerExtent, LayerKdf, LayerProtector
from lossproof.model.facts.registration import DeviceKind, IdentifierScheme
from lossproof.model.volume import Content
from lossproof.policy.gate import FRESH_SECONDS, Mark, Receiver, gate
from lossproof.policy.rules import compile_rules, parse_rules, shipped_rules, shipped_text
from lossproof.policy.shape import shape_of

RULES = compile_rules(shipped_rules())
NOW = 1_800_000_000
HOME, FIRM, NURSE, IT, LEAD = ("1" * 32, "2" * 32, "a" * 32, "b" * 32, "c" * 32)
HEADER, SERIAL = "e" * 64, "5" * 64
KDF = LayerKdf(name="argon2id", hash="sha256", iterations=4, memory_kib=1 << 20, lanes=4)
ENCRYPTED = shape_of(
    (
        replace(
            LAYER,
            findings=(),
            size_bytes=1 << 30,
            protectors=(LayerProtector(kind="keyslot", kdf=KDF),),
            extents=(LayerExtent(offset_bytes=0, size_bytes=1 << 30, content=Content.CIPHERTEXT),),
        ),
    )
)
PLAIN = shape_of(
    (
        replace(
            LAYER,
            scheme="fat",
            cipher=None,
            key_bits=None,
            state=None,
            protectors=(),
            findings=(),
            extents=(LayerExtent(offset_bytes=0, size_bytes=1 << 30, content=Content.PLAINTEXT),),
        ),
    )
)
CHECK = Evidence(
    leaf=20,
    true_at=NOW - 600,
    grade=Grade.OBSERVED,
    method=Method.READ,
    layers=ENCRYPTED,
    disagreements=(),
    header=HEADER,
    serial=SERIAL,
    signer="f" * 64,
    person=IT,
    organisation=HOME,
    void=False,
)
STICK = DeviceState(
    device="d" * 32,
    kind=DeviceKind.STICK,
    organisation=HOME,
    relation=Relation.CONTROLLER,
    evidence=(CHECK,),
    identifiers=frozenset({(IdentifierScheme.HEADER, HEADER), (IdentifierScheme.SERIAL, SERIAL)}),
)
TO_NURSE, TO_FIRM = Receiver(NURSE, HOME, False), Receiver(None, FIRM, True)
GRANTED = Exemption("9" * 32, NOW + 3600, LEAD, 5, HOME)


def asked(receiver=TO_NURSE, *marks, now=NOW, rules=RULES, **changed):
    return gate(rules, STICK._replace(**changed), receiver, marks, now)


def codes(passage):
    assert not passage.allowed
    assert passage.proof is None
    return [reason.code for reason in passage.reasons]


def checked(**changed):
    return (CHECK._replace(**changed),)


def test_fresh_proof_lets_a_device_go():
    assert asked() == (True, (), CHECK.leaf, None)
    assert asked(evidence=checked(grade=Grade.EXAMINED)).allowed
    assert asked(evidence=checked(person=None)).allowed


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"grade": Grade.IMPORTED}, "no_proof"),
        ({"grade": Grade.CLAIMED}, "no_proof"),
        ({"void": True}, "withdrawn"),
        ({"person": NURSE}, "receivers_own"),
        ({"true_at": NOW - FRESH_SECONDS - 1}, "stale"),
        ({"header": "0" * 64}, "other_medium"),
        ({"serial": "0" * 64}, "other_medium"),
        ({"layers": PLAIN}, "not_protected"),
        ({"layers": ()}, "not_protected"),
        ({"disagreements": ("encryption_not_shown",)}, "not_protected"),
    ],
)
def test_a_check_that_is_no_fresh_proof_holds_the_device_back(changed, code):
    passage = asked(evidence=checked(**changed))
    assert code in codes(passage)
    assert all(reason.text for reason in passage.reasons)


def test_without_a_check_nothing_is_handed_out_also_what_is_empty_or_has_no_rule():
    assert codes(asked(evidence=())) == ["no_proof"]
    nobody = Contents(9, NOW - 60, Grade.OBSERVED, 0, 0, 0, (), 0, True, False)
    assert "not_protected" in codes(asked(evidence=checked(layers=PLAIN), contents=(nobody,)))
    none_for_sticks = compile_rules(
        parse_rules(
            b'[[rule]]\nid = "a-1"\ntitle = "Phones"\napplies = { kind = ["phone"] }\n'
            b'require = { all_volumes = "encrypted" }\nevidence = { level = ">=observed", max_age = "31d" }\n'
            b'on_fail = { severity = "high", say = "Encrypt it" }\ncites = ["X:1"]\nsource = "recalled"\n'
        )
    )
    assert "not_protected" in codes(asked(rules=none_for_sticks))


def test_a_check_without_a_serial_number_counts_by_its_header():
    assert asked(evidence=checked(serial=None)).allowed
    assert codes(asked(evidence=checked(serial=None), identifiers=frozenset())) == ["other_medium"]


def test_proof_is_as_old_as_the_rules_allow_to_the_second():
    at = CHECK.true_at + FRESH_SECONDS
    assert asked(now=at).allowed
    assert codes(asked(now=at + 1)) == ["stale"]


def test_proof_is_stated_and_true_after_the_last_event():
    for leaf, true_at, allowed in (
        (19, NOW - 700, True),
        (19, CHECK.true_at, True),
        (21, NOW - 700, False),
        (19, NOW - 500, False),
    ):
        passage = asked(TO_NURSE, Mark(leaf, true_at, "before_last_event"))
        assert passage.allowed is allowed
        assert [reason.code for reason in passage.reasons] == ([] if allowed else ["before_last_event"])
    assert codes(asked(TO_NURSE, Mark(3, 0, "before_last_event"), Mark(30, NOW, "before_report"))) == ["before_report"]


def test_a_contractor_proves_nothing_to_itself():
    own = checked(organisation=FIRM, person=None)
    assert codes(asked(TO_FIRM, evidence=own)) == ["receivers_own"]
    assert asked(TO_FIRM).allowed
    # People of the controller's own organisation check for one another.
    assert asked(Receiver(NURSE, HOME, False), evidence=checked(person=LEAD)).allowed


def test_an_older_good_check_does_not_outweigh_what_came_after_it():
    later = CHECK._replace(leaf=30, true_at=NOW - 60, signer="0" * 64)
    examined = CHECK._replace(grade=Grade.EXAMINED)
    for newer in (
        later._replace(layers=PLAIN),
        later._replace(layers=PLAIN, void=True),
        later._replace(void=True),
        later._replace(layers=PLAIN, grade=Grade.CLAIMED),
        later._replace(layers=PLAIN, grade=Grade.IMPORTED),
    ):
        assert not asked(evidence=(newer, examined)).allowed
    assert asked(evidence=(later._replace(person=NURSE), examined)).proof == CHECK.leaf


@pytest.mark.parametrize("last", [{"person": NURSE}, {"header": "0" * 64}, {"serial": "0" * 64}])
@pytest.mark.parametrize("between", [{"layers": PLAIN}, {"layers": ()}, {"layers": PLAIN, "grade": Grade.CLAIMED}])
def test_what_proves_nothing_takes_no_word_against_the_device_away(last, between):
    """It was encrypted this morning and can be read since: the receiver's own check, or one of another medium, changes nothing."""
    first = CHECK._replace(leaf=18, true_at=NOW - 3600)
    against = CHECK._replace(leaf=19, true_at=NOW - 1800, **between)
    if against.grade is Grade.OBSERVED:
        codes(asked(evidence=(first, against)))
    codes(asked(evidence=(first, against, CHECK._replace(**last))))
    assert asked(evidence=(first, CHECK._replace(**last))).proof == first.leaf
    assert asked(evidence=(first, against, CHECK)).allowed


def test_an_exception_lets_a_device_go_to_its_organisation_until_it_runs_out():
    assert asked(evidence=(), exemptions=(GRANTED,))[::3] == (True, GRANTED.id)
    assert [one.code for one in asked(evidence=(), exemptions=(GRANTED,)).reasons] == ["no_proof"]
    assert asked(exemptions=(GRANTED,)).exception is None
    ended = GRANTED._replace(until=NOW)
    assert codes(asked(evidence=(), exemptions=(ended,))) == ["no_proof", "exception_ended"]
    assert codes(asked(TO_FIRM, evidence=(), exemptions=(GRANTED,))) == ["no_proof"]
    assert codes(asked(Receiver(LEAD, HOME, False), evidence=(), exemptions=(GRANTED,))) == [
        "no_proof",
        "exception_own",
    ]
    longer = GRANTED._replace(id="8" * 32, until=NOW + 7200)
    assert asked(evidence=(), exemptions=(longer, GRANTED)).exception == longer.id


def test_a_rule_that_stops_hand_over_is_heeded_besides():
    many = Contents(9, NOW - 60, Grade.OBSERVED, 900, 900, 900, (), 0, True, False)
    rules = compile_rules(
        parse_rules(
            shipped_text() + b'\n[[rule]]\nid = "few-1"\ntitle = "Few people"\napplies = { kind = ["stick"] }\n'
            b'require = { people_at_most = 100 }\nevidence = { level = ">=observed" }\n'
            b'on_fail = { severity = "high", say = "Take the data off it", stop = ["handover"] }\ncites = ["X:1"]\n'
            b'source = "recalled"\n'
        )
    )
    passage = asked(rules=rules, contents=(many,))
    assert codes(passage)[0] == "stopped"
    assert {reason.rule for reason in passage.reasons[1:]} == {"few-1"}
    assert asked(contents=(many,)).allowed


def test_what_is_only_noted_of_a_device_is_no_reason_to_refuse_it():
    table = replace(PLAIN[0], scheme="gpt", extents=())
    efi = replace(PLAIN[0], parent=0, findings=("boot_partition", "nobody_found"))
    disk = (table, efi, replace(ENCRYPTED[0], parent=0, findings=("automatic_unlock",)))
    laptop = {"kind": DeviceKind.LAPTOP, "evidence": checked(layers=shape_of(disk))}
    assert asked(**laptop).allowed
    lost = CustodyNow(CustodyState.MISSING, NOW - 30, 30, None, None, NOW - 900)
    assert codes(asked(**laptop, custody=lost)) == ["stopped", "missing"]
    assert "not_protected" in codes(asked(**laptop | {"kind": DeviceKind.STICK}))


def test_a_device_that_is_destroyed_or_has_ended_goes_nowhere():
    gone = CustodyNow(CustodyState.DESTROYED, NOW - 900, 3, None, None, NOW - 900)
    assert not asked(custody=gone).allowed
    assert not asked(ended=True).allowed


EVIDENCE = st.builds(
    CHECK._replace,
    leaf=st.integers(0, 40),
    true_at=st.integers(NOW - 2 * FRESH_SECONDS, NOW),
    grade=st.sampled_from(Grade),
    layers=st.sampled_from([ENCRYPTED, PLAIN, ()]),
    disagreements=st.sampled_from([(), ("encryption_not_shown",)]),
    header=st.sampled_from([HEADER, HEADER, "0" * 64]),
    person=st.sampled_from([None, IT, NURSE]),
    organisation=st.sampled_from([HOME, FIRM]),
    void=st.booleans(),
)
KNOWN = st.lists(EVIDENCE, max_size=4, unique_by=lambda one: one.grade).map(
    lambda found: tuple(sorted(found, key=lambda one: list(Grade).index(one.grade)))
)
MARKS = st.lists(
    st.builds(Mark, st.integers(0, 40), st.integers(NOW - FRESH_SECONDS, NOW), st.just("before_last_event")), max_size=2
).map(tuple)
TO = st.sampled_from([TO_NURSE, TO_FIRM, Receiver(IT, HOME, False)])


@given(KNOWN, MARKS, TO, st.integers(0, FRESH_SECONDS), st.data())
def test_more_doubt_never_opens_the_gate(evidence, marks, receiver, later, data):
    state = STICK._replace(evidence=evidence)
    before = gate(RULES, state, receiver, marks, NOW)
    assert before == gate(RULES, state, receiver, marks, NOW)
    if before.allowed:
        good = [one for one in evidence if one.leaf == before.proof and one.grade in {Grade.OBSERVED, Grade.EXAMINED}]
        assert any(not one.void and one.layers == ENCRYPTED for one in good)
        return
    assert before.reasons
    voided = tuple(one._replace(void=one.void or data.draw(st.booleans())) for one in evidence)

    more = (*marks, Mark(data.draw(st.integers(0, 40)), NOW, "before_report"))
    assert not gate(RULES, state._replace(evidence=voided), receiver, marks, NOW).allowed
    assert not gate(RULES, state, receiver, more, NOW).allowed
    assert not gate(RULES, state, receiver, marks, NOW + later).allowed
