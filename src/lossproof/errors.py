"""Every error that lossproof raises on purpose, drawn once.

    LossproofError
    ├── FormatError         10  the bytes are wrong
    ├── UnsupportedError    11  the bytes are right, but not ours to read
    ├── VerificationError   12  a proof does not hold
    ├── KeyRequiredError    13  a secret is needed to go on
    ├── PolicyError         14  a rule is wrong, or forbids it
    ├── StoreError          15  what we keep cannot be read or written
    └── InputError          16  what was asked for is not there, or not permitted

Names end in `Error`. The number is the exit status of the command line; 0, 1 and 2 are answers and wrong usage, never errors.
A message begins in lower case, ends without a full stop, and says what happened to which thing; `hint` says what to do next.
No message holds a value read from a document: it may be personal data.
"""

from __future__ import annotations


class LossproofError(Exception):
    """The root of the tree: `code` for programs, `exit_status` for shells, `hint` for people."""

    code = "error"
    exit_status = 19

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class FormatError(LossproofError):
    """Bytes that do not follow the format they claim: truncated, looping, lying about a size."""

    code = "format"
    exit_status = 10


class UnsupportedError(LossproofError):
    """Bytes that are right, in a variant that lossproof does not read."""

    code = "unsupported"
    exit_status = 11


class VerificationError(LossproofError):
    """A signature, digest or proof that does not hold; `part` names which part of an evidence pack it is in."""

    code = "verification"
    exit_status = 12

    def __init__(self, message: str, *, hint: str = "", part: str = "") -> None:
        super().__init__(message, hint=hint)
        self.part = part


class KeyRequiredError(LossproofError):
    """Bytes that are unreadable without a passphrase or key."""

    code = "key_required"
    exit_status = 13


class PolicyError(LossproofError):
    """A rule that cannot be applied, or that forbids what was asked."""

    code = "policy"
    exit_status = 14


class StoreError(LossproofError):
    """A file or database of ours that cannot be read or written."""

    code = "store"
    exit_status = 15


class InputError(LossproofError):
    """Something that was named and is not there, or may not be opened."""

    code = "input"
    exit_status = 16
