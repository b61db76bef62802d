"""Whoever has a key says very many different things of one device, none of which hides another."""

from __future__ import annotations

import time
from dataclasses import replace

from lossproof.model.estate import DeviceState, Evidence
from lossproof.model.fact import Grade, Method, Relation
from lossproof.model.facts.registration import DeviceKind, IdentifierScheme
from lossproof.model.standing import Standing
from lossproof.policy.decide import decide
from lossproof.policy.gate import Receiver, gate
from lossproof.policy.rules import compile_rules, shipped_rules
from register.devices.estate import PLAIN

RULES = compile_rules(shipped_rules())
NOW, MANY = 1_800_000_000, 10_000
SECONDS = 10
"""Each against each took minutes."""


def flooded(grade: Grade) -> DeviceState:
    said = tuple(
        Evidence(
            leaf=number,
            true_at=NOW - MANY + number,
            grade=grade,
            method=Method.READ,
            layers=(replace(PLAIN, scheme="unrecognised" if number else "ext", offset_bytes=512 * number),),
            disagreements=(),
            header="e" * 64,
            serial=None,
            signer="f" * 64,
            person=None,
            organisation="1" * 32,
            void=False,
        )
        for number in range(MANY)
    )
    marks = frozenset({(IdentifierScheme.HEADER, "e" * 64)})
    return DeviceState("d" * 32, DeviceKind.STICK, "1" * 32, Relation.CONTROLLER, evidence=said, identifiers=marks)


def test_many_words_that_say_nothing_take_no_time_and_no_bad_one_away():
    began = time.process_time()
    found = decide(RULES, flooded(Grade.CLAIMED), NOW)
    assert time.process_time() - began < SECONDS
    assert found.standing is Standing.UNPROTECTED and "plain_file_system" in {one.code for one in found.reasons}


def test_the_gate_is_as_quick():
    began = time.process_time()
    assert not gate(RULES, flooded(Grade.OBSERVED), Receiver("a" * 32, "1" * 32, False), (), NOW).allowed
    assert time.process_time() - began < SECONDS
