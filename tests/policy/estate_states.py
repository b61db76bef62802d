"""States of devices for tests of rules: layers that say one thing each, and any state at random."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import strategies as st

from fact_samples import LAYER
from lossproof.model.estate import Contents, CustodyNow, CustodyState, DeviceState, Evidence, Exemption
from lossproof.model.fact import Grade, Method, Relation
from lossproof.model.facts.inspection import LayerKdf, LayerProtector
from lossproof.model.facts.registration import DeviceKind, IdentifierScheme
from lossproof.policy.rules import compile_rules, shipped_rules

DAY = 86400
NOW = int(datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp())
SHA1_FALLS = int(datetime(2031, 1, 1, tzinfo=UTC).timestamp())
OWN, PROCESSOR = "0" * 32, "1" * 32
HEADER, SERIAL, SIGNER, HOLDER = "a" * 64, "b" * 64, "c" * 64, "d" * 32
SHIPPED = compile_rules(shipped_rules())


def _kdf(**costs):
    named = {"name": "pbkdf2", "hash": "sha256", "iterations": 500_000, "memory_kib": None, "lanes": None} | costs
    return LayerProtector(kind="keyslot", kdf=LayerKdf(**named))


GOOD = (replace(LAYER, findings=(), protectors=(_kdf(),)),)
SHA1 = (replace(LAYER, findings=(), protectors=(_kdf(hash="sha1"),)),)  # weak from 2031 on
WEAK = (replace(LAYER, findings=(), protectors=(_kdf(iterations=1000),)),)
PLAIN = (replace(LAYER, scheme="ext", findings=(), protectors=(), cipher=None, key_bits=None, state=None),)
UNKNOWN = (replace(PLAIN[0], scheme="headerless"),)
MIXED = (*GOOD, *PLAIN)
SIGHTS = {"good": GOOD, "sha1": SHA1, "weak": WEAK, "plain": PLAIN, "unknown": UNKNOWN, "mixed": MIXED, "none": ()}


def evidence(leaf=10, age=DAY, grade=Grade.OBSERVED, layers=GOOD, **fields):
    """One inspection, made `age` seconds before NOW."""
    made = Evidence(leaf, NOW - age, grade, Method.READ, layers, (), HEADER, SERIAL, SIGNER, None, OWN, False)
    return made._replace(**fields)


def contents(leaf=20, age=DAY, grade=Grade.OBSERVED, people=(1, 2, 3), **fields):
    """One complete count, made `age` seconds before NOW."""
    return Contents(leaf, NOW - age, grade, *people, (), 0, True, False)._replace(**fields)


def custody(state=CustodyState.IN_STOCK, age=DAY, leaf=5, holder=None, seen=DAY):
    """Custody since `age` seconds before NOW."""
    return CustodyNow(state, NOW - age, leaf, holder, OWN, None if seen is None else NOW - seen)


def device(*found, kind=DeviceKind.STICK, **fields):
    """A stick in stock with this evidence and nothing else known of it, unless `fields` say more."""
    made = DeviceState("e" * 32, kind, OWN, Relation.CONTROLLER, evidence=tuple(found), custody=custody())
    return made._replace(**fields)


KEPT = device(evidence(), contents=(contents(),))

ages = st.integers(0, 3 * 366 * DAY) | st.sampled_from([31 * DAY, 31 * DAY + 1, 366 * DAY, 0])
leaves = st.integers(0, 40)
evidence_of = st.builds(
    lambda grade, age, leaf, layers, odd, void: evidence(
        leaf, age, grade, layers, void=void, disagreements=("unencrypted_volume",) if odd else ()
    ),
    st.sampled_from(Grade),
    ages,
    leaves,
    st.sampled_from(sorted(SIGHTS)).map(SIGHTS.__getitem__),
    st.integers(0, 9).map(lambda chance: chance == 0),
    st.integers(0, 5).map(lambda chance: chance == 0),
)
contents_of = st.builds(
    lambda grade, age, leaf, low, more, named, complete, void, health: contents(
        leaf,
        age,
        grade,
        (low, low + more, low + 2 * more),
        named_only=named,
        complete=complete,
        void=void,
        categories=(("health", health),) if health else (),
    ),
    st.sampled_from(Grade),
    ages,
    leaves,
    st.sampled_from([0, 0, 7]),
    st.sampled_from([0, 0, 2]),
    st.sampled_from([0, 0, 1]),
    st.booleans(),
    st.integers(0, 5).map(lambda chance: chance == 0),
    st.sampled_from([0, 0, 3]),
)
custody_of = st.none() | st.builds(
    custody,
    st.sampled_from(CustodyState),
    ages,
    leaves,
    st.sampled_from([None, HOLDER]),
    st.none() | ages,
)
exemption_of = st.builds(
    lambda end, leaf: Exemption("f" * 32, NOW + end, HOLDER, leaf, OWN), st.integers(-DAY, 400 * DAY), leaves
)
states = st.builds(
    DeviceState,
    st.just("e" * 32),
    st.sampled_from(DeviceKind),
    st.sampled_from([OWN, PROCESSOR]),
    st.sampled_from(Relation),
    st.integers(0, 15).map(lambda chance: chance == 0),
    st.lists(evidence_of, max_size=4, unique_by=(lambda one: one.grade, lambda one: one.leaf)).map(tuple),
    st.lists(contents_of, max_size=3, unique_by=(lambda one: one.grade, lambda one: one.leaf)).map(tuple),
    custody_of,
    st.lists(exemption_of, max_size=2).map(tuple),
    st.sampled_from([frozenset(), frozenset({(IdentifierScheme.SERIAL, SERIAL)})]),
)
moments = st.integers(NOW, NOW + 500 * DAY) | st.sampled_from([NOW, SHA1_FALLS - 1, SHA1_FALLS, SHA1_FALLS + DAY])
