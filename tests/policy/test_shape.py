"""Properties of the shape that grading reads: it forgets what identifies a volume, and no grade."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from fact_samples import any_of
from lossproof.model.facts.inspection import InspectionFact
from lossproof.policy.crypto import AS_OF, FLOORS
from lossproof.policy.recorded import grade_again
from lossproof.policy.shape import rounded_iterations, shape_of

MOMENTS = st.sampled_from(["1999-01-01T00:00:00Z", AS_OF, "2031-01-01T00:00:00Z"])


@given(any_of(InspectionFact), MOMENTS)
def test_a_shape_is_graded_as_the_layers_are(fact, at):
    assert grade_again(replace(fact, layers=shape_of(fact.layers)), at) == grade_again(fact, at)


@given(any_of(InspectionFact))
def test_a_shape_names_no_volume_and_is_its_own_shape(fact):
    shape = shape_of(fact.layers)
    assert shape_of(shape) == shape
    assert {(layer.uuid, layer.header, layer.offset_bytes, layer.size_bytes) for layer in shape} <= {(None, None, 0, 0)}


@given(any_of(InspectionFact))
def test_the_same_sight_is_one_object(fact):
    assert shape_of(fact.layers) is shape_of(tuple(replace(layer, uuid="0" * 64) for layer in fact.layers))


def test_no_floor_lies_between_two_costs_of_one_shape():
    floors = [floor.iterations for floor in FLOORS if floor.kdf == "pbkdf2"]
    assert floors
    assert [rounded_iterations(floor) for floor in floors] == floors


@given(st.integers(0, 99_990_000))
def test_rounding_keeps_two_digits(iterations):
    rounded = rounded_iterations(iterations)
    assert rounded <= iterations
    assert str(rounded)[:2] == str(iterations)[:2]
    assert not str(rounded)[2:].strip("0")
