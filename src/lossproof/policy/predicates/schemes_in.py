"""The data must be encrypted by one of these schemes. Another one, however sound, counts as weak."""

from __future__ import annotations

from collections.abc import Iterator

from lossproof.model.standing import Standing
from lossproof.model.volume import Layer
from lossproof.policy.predicates import SOUND, LayerTest, Part, Word
from lossproof.policy.predicates.values import choice, words
from lossproof.policy.protection import CONTAINER_SCHEMES, PROVABLE_SCHEMES

NAME = "schemes_in"
PART = Part.ENCRYPTION
TEXTS = {"scheme_not_accepted": "It is encrypted by a scheme that the rule does not accept."}


def parse(value: object) -> tuple[str, ...]:
    """A list of schemes that can show that a secret is needed."""
    return words(value, PROVABLE_SCHEMES)


def says(value: tuple[str, ...]) -> str:
    """Such as "be encrypted by bitlocker or luks2"."""
    return f"be encrypted by {choice(value)}"


def compile(value: tuple[str, ...]) -> LayerTest:  # noqa: A001
    """Weak where a part is of another scheme, blank parts apart."""
    accepted = frozenset(value) | {"blank"}

    def test(layers: tuple[Layer, ...], at: str) -> Word:  # noqa: ARG001
        if all(one.scheme in accepted for one in _deciding(layers)):
            return SOUND
        return Word(Standing.WEAK, ("scheme_not_accepted",))

    return test


def _deciding(layers: tuple[Layer, ...]) -> Iterator[Layer]:
    """The outermost layers that could encrypt: containers, and sticks that say they do, give way to what is inside."""
    for layer in layers:
        if layer.layers and layer.scheme in CONTAINER_SCHEMES | {"hardware"}:
            yield from _deciding(layer.layers)
        else:
            yield layer
