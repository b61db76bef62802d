"""What a register's API takes and gives: the JSON of `/api/v1/`, both ways, for the register and for whoever reports to it.

Decoding refuses fields that are not known, values of another type, and lists that are too long; `bytes` stand as base64 (RFC
4648, section 4). What comes in is at most 8 MiB, and not decoded where it is more. The OpenAPI document is made from these
classes. Left out: what the facts in an envelope say (`wire.facts`).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

import msgspec

from lossproof.errors import FormatError

PREFIX = "/api/v1"
MOST_FACTS = 500
MOST_BODY_BYTES = 8 << 20
MOST_MANIFEST_BYTES = 7 << 19
"""3.5 MiB: with the facts of the same look, in base64, it fits into one request."""

ENROL_CONTEXT = b"lossproof-enrol\n"
"""What stands before the one-time code in what a new key signs, so that the signature is good for nothing else."""

Hex64 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$", min_length=64, max_length=64)]


class Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands behind a salted digest in a fact: SHA-256 of the 16 bytes of salt and the value in UTF-8. Kept by the register
    in a row that can be erased, and only where an accepted fact of the same request holds the digest."""

    digest: Hex64
    kind: Literal["serial", "asset_tag"]
    salt: Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
    value: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class FactsRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Signed facts: DSSE envelopes as the log keeps them, in the order in which they are to be appended. `manifests` are sealed lists
    of people, each named by a holding among the facts."""

    facts: Annotated[list[bytes], msgspec.Meta(min_length=1, max_length=MOST_FACTS)]
    values: Annotated[list[Value], msgspec.Meta(max_length=MOST_FACTS)] = []
    manifests: Annotated[list[bytes], msgspec.Meta(max_length=MOST_FACTS)] = []


class ReceiptGiven(msgspec.Struct, frozen=True):
    """That a fact is in the log: `durable` where a signed checkpoint covers it, else `pending`. `raised` says that the log's clock
    had gone back."""

    origin: str
    leaves: list[int]
    envelope: str
    known_at: str
    raised: bool
    status: Literal["durable", "pending"]
    checkpoint_size: int | None
    checkpoint_root: str | None


class Refusal(msgspec.Struct, frozen=True):
    """Why something was not done: `code` for programs, `message` and `hint` for people."""

    code: str
    message: str
    hint: str


class OutcomeGiven(msgspec.Struct, frozen=True):
    """What became of one fact. `envelope` is the SHA-256 of its bytes. `known`: it was in the log already."""

    status: Literal["accepted", "known", "refused"]
    envelope: str
    receipt: ReceiptGiven | None
    error: Refusal | None


class FactsAnswer(msgspec.Struct, frozen=True):
    """An outcome for each fact, in the order of the request; the newest signed checkpoint of the log (C2SP tlog-checkpoint), or null
    where none is signed yet; and the age recipient that lists of people are to be sealed to from now on, or null."""

    outcomes: list[OutcomeGiven]
    checkpoint: str | None = None
    recipient: str | None = None


class EnrolRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A one-time code from the register's people, a new Ed25519 public key, and its signature over `ENROL_CONTEXT` and the code."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    public_key: Hex64
    proof: Annotated[bytes, msgspec.Meta(min_length=64, max_length=64)]


class Enrolment(msgspec.Struct, frozen=True):
    """A key that was enrolled: for which organisation, in which role, in which log. `recipient` is the age recipient that lists of
    people are sealed to, or null: then counts alone are sent."""

    fingerprint: Hex64
    organisation: str
    role: str
    origin: str
    log_key: Hex64
    recipient: str | None


class ErrorAnswer(msgspec.Struct, frozen=True):
    """The one shape of every answer that is not a success."""

    error: Refusal


class Health(msgspec.Struct, frozen=True):
    """Whether the register can read its store, and how many leaves its log has."""

    status: Literal["ok", "unavailable"]
    size: int | None


Shape = TypeVar("Shape", bound=msgspec.Struct)

encode = msgspec.json.Encoder().encode
"""Any of these as JSON."""

_decoders: dict[type[Any], msgspec.json.Decoder[Any]] = {}


def decode(text: bytes, shape: type[Shape]) -> Shape:
    """`text`, JSON in UTF-8, as one of these. Raises `FormatError` that says where it is wrong, and never what stands there."""
    if shape not in _decoders:
        _decoders[shape] = msgspec.json.Decoder(shape)
    try:
        decoded: Shape = _decoders[shape].decode(text)
    except msgspec.ValidationError as error:
        where = str(error).rpartition(" - at `")[2].rstrip("`")
        # A path names our own fields and positions; the rest of the message could hold what was sent.
        raise FormatError(f"the JSON is not of its shape{f', at {where}' if where.startswith('$') else ''}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise FormatError("not JSON") from None
    return decoded


def compact_code(code: str) -> str:
    """A one-time code as it is sent, signed and compared: without what people put between its letters, in capitals."""
    return "".join(letter for letter in code.upper() if letter.isalnum())


def enrol_message(code: str) -> bytes:
    """What a new key signs to show that it is in the hands of whoever has the (compact) code."""
    return ENROL_CONTEXT + code.encode("utf-8", "replace")


def schemas(prefix: str) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """For each class by name a reference to its JSON Schema (`prefix` + name), and the schemas themselves."""
    every = (FactsRequest, FactsAnswer, EnrolRequest, Enrolment, ErrorAnswer, Health)
    references, components = msgspec.json.schema_components(every, ref_template=prefix + "{name}")
    return {one.__name__: reference for one, reference in zip(every, references, strict=True)}, components
