from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.errors import FormatError, UnsupportedError
from lossproof.model.estate import CustodyState
from lossproof.model.facts.registration import DeviceKind
from lossproof.policy.decide import decide
from lossproof.policy.describe import describe
from lossproof.policy.predicates import Part, every
from lossproof.policy.rules import (
    MOST_BYTES,
    MOST_LINE_BYTES,
    MOST_RULES,
    NOT_BUILT,
    compile_rules,
    parse_rules,
    shipped_rules,
    shipped_text,
)
from policy.estate_states import DAY, KEPT, NOW, moments, states

RULE = """
[[rule]]
id = "enc-1"
title = "Encrypted"
applies = { kind = ["stick"] }
require = { all_volumes = "encrypted" }
evidence = { level = ">=observed", max_age = "31d" }
on_fail = { severity = "high", say = "Encrypt it", stop = ["handover"] }
cites = ["UKGDPR:32(1)(a)"]
source = "recalled"
"""


def refused(text: str, *said: str, error: type[Exception] = FormatError) -> None:
    with pytest.raises(error) as caught:
        parse_rules(text.encode())
    for one in said:
        assert one in str(caught.value)


def changed(old: str, new: str) -> str:
    assert old in RULE
    return RULE.replace(old, new)


def test_the_example_of_the_module_and_of_the_facts_is_read():
    from lossproof.policy import rules

    (rule,) = parse_rules(rules.__doc__.split("\n\n")[1].replace("\n    ", "\n").encode()).rules
    assert (rule.id, rule.demands.max_age, rule.demands.fresh, rule.stop) == ("enc-1", 31 * DAY, DAY, {"handover"})
    assert dict(rule.applies) == {"kind": ("laptop", "stick"), "holds": "personal-or-unknown"}


def test_a_rule_about_encryption_asks_for_all_of_it():
    (rule,) = parse_rules(changed('all_volumes = "encrypted"', 'protection = "on"').encode()).rules
    assert dict(rule.require) == {
        "all_volumes": "encrypted",
        "cipher_in": "current",
        "kdf_in": "current",
        "protection": "on",
    }


@pytest.mark.parametrize("name", sorted(NOT_BUILT))
def test_a_word_whose_facts_are_not_built_is_refused_by_name(name):
    for section in ("require", "applies", "evidence"):
        text = RULE.replace(f"{section} = {{", f'{section} = {{ {name} = "x",')
        refused(text, "enc-1", name, NOT_BUILT[name], error=UnsupportedError)


@pytest.mark.parametrize("subject", ["person", "contract"])
def test_a_rule_about_people_or_contracts_waits(subject):
    refused(changed('title = "Encrypted"', f'title = "x"\nsubject = "{subject}"'), subject, error=UnsupportedError)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("all_volumes", "all_disks", "all_disks"),
        ('kind = ["stick"]', 'all_volumes = "encrypted"', "does not belong into applies"),
        ('all_volumes = "encrypted"', 'kind = ["stick"]', "does not belong into require"),
        ('all_volumes = "encrypted"', "", "requires nothing"),
        ('"encrypted"', '"half"', 'all_volumes: give one of: "encrypted"'),
        ('["stick"]', '["trebuchet"]', "kind: give a list of some of"),
        ('["stick"]', "[]", "kind: give a list"),
        ('["stick"]', '"stick"', "kind: give a list"),
        ('"31d"', '"31 days"', "max_age: give a time"),
        ('"31d"', "31", "max_age: give a time"),
        ('"31d"', '"0d"', "max_age: give a time"),
        (">=observed", ">=believed", "level: give one of"),
        ('"high"', '"dreadful"', "severity must be one of"),
        ('"handover"', '"breathing"', "stop must be a list"),
        ('say = "Encrypt it"', 'say = ""', "say must be one line"),
        ('say = "Encrypt it"', 'say = "a\\nb"', "say must be one line"),
        ('say = "Encrypt it"', 'shout = "Encrypt it"', "shout"),
        ('title = "Encrypted"', "", "title must be one line"),
        ('title = "Encrypted"', 'title = "x"\nwhen = "now"', "when"),
        ('title = "Encrypted"', 'title = "x"\nsubject = "weather"', "subject must be device"),
        ('"recalled"', '"dreamt"', "source must be one of"),
        ('"UKGDPR:32(1)(a)"', '"some law or other"', "cites must be a list"),
        ('"enc-1"', '"Enc 1"', "rule number 1: id"),
        ('applies = { kind = ["stick"] }', "applies = 3", "applies must be a table"),
        ("[[rule]]", "[rule]", "there are none"),
        ("[[rule]]", "answer = 42\n[[rule]]", "answer"),
        ("[[rule]]", "[[rule]", "not TOML (at line 2"),
    ],
)
def test_what_is_wrong_is_named(old, new, said):
    refused(changed(old, new), said)


def test_a_strange_word_is_shown_harmlessly_and_short():
    refused(changed("all_volumes", f'"{chr(0x1F480)}{"x" * 100}"'), "\\U0001f480xxxx")


def test_two_rules_of_one_id_too_many_and_too_much_are_refused():
    refused(RULE + RULE, "enc-1", "two rules")
    refused(
        "".join(RULE.replace("enc-1", f"enc-{n}") for n in range(MOST_RULES + 1)).replace("cites", "#"), "more than"
    )
    refused("#" * MOST_LINE_BYTES + "\n" + RULE + ("#\n" * MOST_BYTES), "longer than")
    refused(".".join("a" * MOST_LINE_BYTES) + " = 1", "line is longer than")
    refused("", "there are none")


def test_what_is_not_text_is_refused():
    for data in (b"\xff\xfe", b"\x00", b"a = " + b"[" * 400, b"a = 1" + b"0" * 490):
        with pytest.raises(FormatError):
            parse_rules(data)


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_are_read_or_refused(data):
    with suppress(FormatError, UnsupportedError):
        parse_rules(data)


@given(st.data())
def test_any_value_of_any_word_is_read_or_refused(data):
    section = data.draw(st.sampled_from(["applies", "require", "evidence"]))
    name = data.draw(st.sampled_from(sorted({*every(), *NOT_BUILT, "no_such_word"})))
    value = data.draw(
        st.sampled_from(
            ['"31d"', "true", "false", "3", "-1", "1.5", "nan", "[]", '["stick"]', "[[1]]", "{ a = 1 }", "1979-05-27"]
        )
        | st.text("abcdefghijklmnopqrstuvwxyz0123456789->=:", max_size=20).map(lambda text: f'"{text}"')
    )
    text = RULE.replace(f"{section} = {{", f"{section} = {{ {name} = {value},").replace('kind = ["stick"] }', "}")
    with suppress(FormatError, UnsupportedError):
        for rule in parse_rules(text.encode()).rules:
            assert describe(rule)
            decide(compile_rules(parse_rules(text.encode())), KEPT, NOW)


EXAMPLES = {
    "kind": ('["laptop", "other"]', "laptops or other devices"),
    "holds": ('"criminal_offence-or-unknown"', "or nobody knows what"),
    "relation": ('["controller", "processor"]', "belong to the controller or a processor"),
    "custody": ('["in_stock", "held"]', "held or in stock"),
    "organisation": (f'["{"0" * 32}"]', "an organisation that the rule names"),
    "all_volumes": ('"encrypted"', "every volume encrypted"),
    "protection": ('"on"', "switched on"),
    "cipher_in": ('"cipher-set:2026"', "table of 2026"),
    "kdf_in": ('"kdf-set:2026"', "table of 2026"),
    "schemes_in": ('["luks2"]', "encrypted by luks2"),
    "protectors_not": ('["tpm"]', "not be unlocked by tpm"),
    "contents_known": ("true", "complete count"),
    "contents_max_age": ('"366d"', "366 days"),
    "people_at_most": ("500", "at most 500 people"),
    "categories_not": ('["health"]', "no data on health"),
    "holder_known": ("true", "known holder"),
    "sighted_within": ('"366d"', "seen within 366 days"),
    "not_missing": ("true", "not be missing"),
    "offered_at_most": ('"14d"', "14 days"),
    "held_at_most": ('"90d"', "90 days"),
    "quarantined_at_most": ('"31d"', "31 days"),
    "identified_by": ('["serial"]', "a serial number"),
    "level": ('">=imported"', "imported or better"),
    "max_age": ('"36h"', "36 hours"),
    "fresh": ('"1h"', "1 hour when a device is handed over"),
    "before_loss": ("false", "before or after a loss"),
}


def test_every_predicate_has_an_example_here():
    assert EXAMPLES.keys() == every().keys()
    assert len(EXAMPLES) >= 20
    assert not EXAMPLES.keys() & NOT_BUILT.keys()


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_predicate_is_read_said_in_english_and_asked(name):
    value, said = EXAMPLES[name]
    predicate = every()[name]
    section = {Part.APPLIES: "applies", Part.EVIDENCE: "evidence"}.get(predicate.PART, "require")
    text = changed('applies = { kind = ["stick"] }', "applies = { }")
    text = text.replace('level = ">=observed", max_age = "31d"', "").replace('all_volumes = "encrypted"', "", 1)
    text = text.replace(f"{section} = {{", f"{section} = {{ {name} = {value}")
    if section != "require":
        text = text.replace("require = {", 'require = { all_volumes = "encrypted"')
    rules = parse_rules(text.encode())
    assert said in describe(rules.rules[0])
    assert predicate.__doc__
    assert decide(compile_rules(rules), KEPT, NOW).reasons is not None


def test_every_sentence_is_one_and_no_code_has_two():
    seen: dict[str, str] = {}
    for predicate in every().values():
        for code, text in predicate.TEXTS.items():
            assert text[0].isupper()
            assert text.endswith(".")
            assert seen.setdefault(code, text) == text
    assert seen


def test_the_shipped_rules_are_described_in_english():
    for rule in shipped_rules().rules:
        text = describe(rule)
        assert rule.say.rstrip(".") in text
        assert "(recalled, not looked up)" in text
        assert "_" not in text


def test_the_shipped_text_gives_the_shipped_rules():
    assert parse_rules(shipped_text()) == shipped_rules()


@given(states, moments)
def test_looking_rules_up_by_place_is_the_same_as_asking_each(state, at):
    # A rule without `applies` is under every place; the scope closures, which the gate asks, know kind and custody too.
    compiled = compile_rules(shipped_rules())
    place = (state.kind, None if state.custody is None else state.custody.state)
    for rule, judge in compiled.made:
        applies = dict(rule.applies)
        here = state.kind in applies.get("kind", tuple(DeviceKind)) and (
            state.custody is None or state.custody.state in applies.get("custody", tuple(CustodyState))
        )
        assert (judge in compiled.judges[place]) is here
