"""Encryption must be switched on: not suspended, not being undone, and no key lying in the clear."""

from __future__ import annotations

from collections.abc import Iterator

from lossproof.model.standing import Standing
from lossproof.model.volume import Layer
from lossproof.policy.predicates import SOUND, LayerTest, Part, Word
from lossproof.policy.predicates.values import one_of

NAME = "protection"
PART = Part.ENCRYPTION
TEXTS = {"protection_off": "Encryption is suspended, or is being undone. Resume it."}

_OFF = frozenset({"suspended", "decrypting", "decrypted"})
_CLEAR = frozenset({"clear_key", "decrypted"})


def parse(value: object) -> str:
    """`on`."""
    return one_of(value, ("on",))


def says(value: str) -> str:  # noqa: ARG001
    """Always "have protection switched on"."""
    return "have protection switched on"


def compile(value: str) -> LayerTest:  # noqa: A001, ARG001
    """Unprotected where a volume says that it is off."""

    def test(layers: tuple[Layer, ...], at: str) -> Word:  # noqa: ARG001
        if any(one.state in _OFF or _CLEAR & set(one.findings) for one in each(layers)):
            return Word(Standing.UNPROTECTED, ("protection_off",))
        return SOUND

    return test


def each(layers: tuple[Layer, ...]) -> Iterator[Layer]:
    """The layers and all inside them."""
    for layer in layers:
        yield layer
        yield from each(layer.layers)
