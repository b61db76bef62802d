"""Every volume on the device must be encrypted, so that a secret is needed to read it. A plain part beside encrypted ones counts as
unencrypted, and what nobody could identify as unproven. `encrypted-except-boot` leaves out the parts that a machine needs to start (a
boot partition by its type, of at most 2 GiB), where what can be read was searched and nobody was found in it. Every rule about
encryption asks this."""

from __future__ import annotations

from lossproof.model.standing import Standing
from lossproof.model.volume import Access, Layer, Protection
from lossproof.policy.predicates import LayerTest, Part, Word
from lossproof.policy.predicates.values import one_of
from lossproof.policy.protection import grade, overall

NAME = "all_volumes"
PART = Part.ENCRYPTION
TEXTS: dict[str, str] = {}

EXCEPT_BOOT = "encrypted-except-boot"
"""The value under which no word of the rule about encryption sees the parts that start the machine (`policy.boot`)."""

BEFORE_EVERY_TABLE = ""
"""A moment before every dated row: what is left is readable, doubtful or too short a key whatever the table says."""

_STANDING = {
    Protection.PROTECTED: Standing.PROTECTED,
    Protection.WEAK: Standing.WEAK,
    Protection.PARTIAL: Standing.UNPROTECTED,
    Protection.UNPROTECTED: Standing.UNPROTECTED,
    Protection.UNKNOWN: Standing.UNPROVEN,
}


def parse(value: object) -> str:
    """`encrypted` or `encrypted-except-boot`."""
    return one_of(value, ("encrypted", EXCEPT_BOOT))


def says(value: str) -> str:
    """Such as "have every volume encrypted"."""
    return f"have every volume encrypted{' but those that start the machine' if value == EXCEPT_BOOT else ''}"


def compile(value: str) -> LayerTest:  # noqa: A001, ARG001
    """What the layers say apart from the dated table. A hazard beside a doubt is a doubt: the layer may be readable."""

    def test(layers: tuple[Layer, ...], at: str) -> Word:  # noqa: ARG001
        protection, access, reasons = overall(tuple(grade(one, at=BEFORE_EVERY_TABLE) for one in layers))
        doubtful = protection is Protection.WEAK and access is Access.UNKNOWN
        standing = Standing.UNPROVEN if doubtful else _STANDING[protection]
        return Word(standing, tuple(one.code for one in reasons))

    return test
