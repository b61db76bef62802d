from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from fact_samples import LAYER, SAMPLES, any_of
from lossproof.model.facts.inspection import DEEPEST, InspectionFact
from lossproof.model.volume import Access, Layer, Protection
from lossproof.policy.crypto import AS_OF
from lossproof.policy.recorded import grade_again, layers_of

(FACT,) = SAMPLES["inspection"]


def listed(layers: tuple[Layer, ...], parent: int | None = None, start: int = 0) -> list[tuple[int, int | None]]:
    """(offset, position of the one around it) of every layer, each before those inside it."""
    found: list[tuple[int, int | None]] = []
    for layer in layers:
        place = start + len(found)
        found += [(layer.offset_bytes, parent), *listed(layer.layers, place, place + 1)]
    return found


def test_layers_nest_as_the_list_says():
    parents = [None, 0, 1, 1, 0, None, 5]
    layers = tuple(replace(LAYER, offset_bytes=512 * place, parent=parent) for place, parent in enumerate(parents))
    again = layers_of(replace(FACT, layers=layers))
    assert listed(again) == [(512 * place, parent) for place, parent in enumerate(parents)]


def test_a_layer_comes_back_but_for_what_no_fact_holds():
    (again,) = layers_of(replace(FACT, layers=(LAYER,)))
    for name in ("scheme", "offset_bytes", "size_bytes", "uuid", "cipher", "key_bits", "state", "findings"):
        assert getattr(again, name) == getattr(LAYER, name)
    assert again.header_sha256 == LAYER.header
    assert again.protectors[0].kind == "keyslot"
    assert again.kdf == again.protectors[0].kdf
    assert (again.kdf.name, again.kdf.hash, again.kdf.iterations) == ("pbkdf2", "sha256", 500_000)
    assert again.extents[0].size_bytes == 512
    assert (again.protection, again.readable) == (Protection.UNKNOWN, Access.UNKNOWN)


def test_what_was_shown_is_never_read():
    plain = replace(
        FACT, layers=(replace(LAYER, scheme="ext", protectors=()),), shown=Protection.PROTECTED, access=Access.NO
    )
    assert grade_again(plain)[:2] == (Protection.UNPROTECTED, Access.YES)


def test_nothing_seen_is_unknown():
    assert grade_again(replace(FACT, layers=()))[0] is Protection.UNKNOWN


def test_the_deepest_layers_can_be_graded():
    chain = tuple(replace(LAYER, scheme="gpt", parent=place - 1 if place else None) for place in range(DEEPEST + 1))
    assert grade_again(replace(FACT, layers=chain))[0] in set(Protection)


@given(any_of(InspectionFact), st.sampled_from(["1999-01-01T00:00:00Z", AS_OF, "2031-01-01T00:00:00Z"]))
def test_any_fact_can_be_graded_at_any_time(fact, at):
    protection, access, reasons = grade_again(fact, at)
    assert protection in set(Protection)
    assert access in set(Access)
    assert reasons
    assert len(listed(layers_of(fact))) == len(fact.layers)


@given(any_of(InspectionFact))
def test_nothing_gets_safer_as_time_goes_by(fact):
    worse = (Protection.PROTECTED, Protection.WEAK, Protection.UNKNOWN, Protection.PARTIAL, Protection.UNPROTECTED)
    then, now = (worse.index(grade_again(fact, at)[0]) for at in (AS_OF, "2031-01-01T00:00:00Z"))
    # A hazard outweighs a doubt beside it, so that what was unknown may turn out weak.
    assert now >= then or (worse[then], worse[now]) == (Protection.UNKNOWN, Protection.WEAK)
