"""None of these ways to the key may be there, such as a computer's own chip that unlocks without asking anyone. One that is counts
as weak."""

from __future__ import annotations

from lossproof.model import vocabulary
from lossproof.model.standing import Standing
from lossproof.model.volume import Layer
from lossproof.policy.predicates import SOUND, LayerTest, Part, Word
from lossproof.policy.predicates.protection import each
from lossproof.policy.predicates.values import choice, words

NAME = "protectors_not"
PART = Part.ENCRYPTION
TEXTS = {"protector_not_accepted": "It can be unlocked in a way that the rule does not accept."}


def parse(value: object) -> tuple[str, ...]:
    """A list of kinds of protectors."""
    return words(value, vocabulary.PROTECTORS)


def says(value: tuple[str, ...]) -> str:
    """Such as "not be unlocked by tpm"."""
    return f"not be unlocked by {choice(value)}"


def compile(value: tuple[str, ...]) -> LayerTest:  # noqa: A001
    """Weak where one of them is there."""
    refused = frozenset(value)

    def test(layers: tuple[Layer, ...], at: str) -> Word:  # noqa: ARG001
        if any(protector.kind in refused for layer in each(layers) for protector in layer.protectors):
            return Word(Standing.WEAK, ("protector_not_accepted",))
        return SOUND

    return test
