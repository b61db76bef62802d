"""The trust policy: which logs and witnesses a verifier believes, and which witnesses together are enough.

Specification: C2SP tlog-policy. Stricter than it: names and addresses must be UTF-8 (comments need not be), and a key that is
both a log's and a witness's is refused, since a log does not witness itself. Left out: what an address means.

This file comes to a verifier by another way than the evidence; who can change it decides what is believed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from lossproof.errors import FormatError, UnsupportedError, VerificationError
from lossproof.ledger.checkpoint import SignedCheckpoint, read_signed
from lossproof.ledger.encoding import decode_decimal
from lossproof.ledger.note import COSIGNATURE_ED25519, COSIGNATURE_ML_DSA_44, ED25519, VerifierKey

MAX_POLICY_BYTES = 1 << 20
NONE = "none"
"""The quorum that asks for no cosignature; no witness or group has this name."""

_FORBIDDEN = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
_GAP = re.compile(r"[ \t]+")
_LOG_ALGORITHMS = frozenset({ED25519, COSIGNATURE_ML_DSA_44})
_WITNESS_ALGORITHMS = frozenset({COSIGNATURE_ED25519, COSIGNATURE_ML_DSA_44})


class TrustedLog(NamedTuple):
    """A log by its key, whose name is the log's origin, and the address that the policy gives, or an empty text."""

    key: VerifierKey
    url: str = ""


class TrustedWitness(NamedTuple):
    """A witness: its name in this policy, its key, and the address that the policy gives, or an empty text."""

    name: str
    key: VerifierKey
    url: str = ""


class Group(NamedTuple):
    """Witnesses or groups, `threshold` of which are as good as a witness of this name."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustPolicy:
    """A policy as `parse_policy` reads it. Made by hand it is checked in the same way: `FormatError` for names that are
    not defined before they are used, used twice or malformed, for duplicate keys and for keys of the wrong type.
    """

    logs: tuple[TrustedLog, ...] = ()
    witnesses: tuple[TrustedWitness, ...] = ()
    groups: tuple[Group, ...] = ()
    quorum: str = NONE

    def __post_init__(self) -> None:
        _check_keys([log.key for log in self.logs], _LOG_ALGORITHMS, "log")
        _check_keys([witness.key for witness in self.witnesses], _WITNESS_ALGORITHMS, "witness")
        if {log.key.public for log in self.logs} & {witness.key.public for witness in self.witnesses}:
            raise FormatError("a key in the policy is a log's and a witness's at once")
        for url in (*(log.url for log in self.logs), *(witness.url for witness in self.witnesses)):
            if url:
                _check_word(url)
        self._check_names()

    def _check_names(self) -> None:
        free: set[str] = set()  # defined, and not yet a member of a group
        taken = {NONE}
        for name, group in [*((witness.name, None) for witness in self.witnesses), *((g.name, g) for g in self.groups)]:
            _check_word(name)
            if name in taken:
                raise FormatError("a name in the policy is defined twice, or is none")
            if group:
                if not 1 <= group.threshold <= len(group.members):
                    raise FormatError("the threshold of a group in the policy is not between 1 and its members")
                for member in group.members:
                    if member not in free:
                        raise FormatError(
                            "a group in the policy has a member that is not defined before, or in a group"
                        )
                    free.remove(member)
            taken.add(name)
            free.add(name)
        if self.quorum not in taken:
            raise FormatError("the quorum of the policy is not defined")

    @property
    def log_keys(self) -> tuple[VerifierKey, ...]:
        """The keys of the trusted logs."""
        return tuple(log.key for log in self.logs)

    @property
    def witness_keys(self) -> tuple[VerifierKey, ...]:
        """The keys of the trusted witnesses."""
        return tuple(witness.key for witness in self.witnesses)

    def text(self) -> str:
        """The policy as a file: logs, witnesses, groups, quorum. `parse_policy` of it gives an equal policy."""
        lines = [("log", log.key.text(), log.url) for log in self.logs]
        rest = [("witness", witness.name, witness.key.text(), witness.url) for witness in self.witnesses]
        groups = [("group", group.name, str(group.threshold), *group.members) for group in self.groups]
        return "".join(
            " ".join(filter(None, words)) + "\n" for words in (*lines, *rest, *groups, ("quorum", self.quorum))
        )

    def satisfied_by(self, cosigners: Iterable[VerifierKey]) -> tuple[str, ...]:
        """The names of the witnesses among these cosigners' keys, in the policy's order, if they make the quorum; with
        quorum `none` they may be no one. Raises `VerificationError` if they do not. The keys' signatures must have been
        verified.
        """
        keys = set(cosigners)
        names = tuple(witness.name for witness in self.witnesses if witness.key in keys)
        witnessed = {NONE, *names}
        for group in self.groups:
            if sum(member in witnessed for member in group.members) >= group.threshold:
                witnessed.add(group.name)
        if self.quorum not in witnessed:
            raise VerificationError(
                f"{len(names)} of {len(self.witnesses)} trusted witnesses cosigned, which is not the quorum of the policy"
            )
        return names


class WitnessedCheckpoint(NamedTuple):
    """A checkpoint that a policy accepts, and the names of the policy's witnesses that cosigned it: none where the
    policy asks for none and none did, and then it is not independently witnessed.
    """

    signed: SignedCheckpoint
    witnesses: tuple[str, ...]


def parse_policy(policy: bytes) -> TrustPolicy:
    """The policy in a file. Raises `FormatError`, or `UnsupportedError` for a key of a kind that lossproof does not
    verify or a name that is not UTF-8.
    """
    if len(policy) > MAX_POLICY_BYTES:
        raise FormatError("a policy is longer than 1 MiB")
    if _FORBIDDEN.search(policy):
        raise FormatError("a policy holds a control character other than tab and line feed")
    reader = _Reader()
    for number, line in enumerate(policy.split(b"\n"), 1):
        words = line.strip(b" \t")
        if words and not words.startswith(b"#"):
            reader.read(_GAP.split(_decoded(words)), number)
    return reader.policy()


def verify_checkpoint(policy: TrustPolicy, note: bytes) -> WitnessedCheckpoint:
    """The checkpoint in a note, if a log of the policy signed it and the quorum of its witnesses cosigned. Raises as
    `checkpoint.read_signed` and `TrustPolicy.satisfied_by` do.
    """
    signed = read_signed(note, policy.log_keys, policy.witness_keys)
    return WitnessedCheckpoint(signed, policy.satisfied_by(cosignature.key for cosignature in signed.cosignatures))


class _Reader:
    """Takes the lines of a policy in order; only what stands on earlier lines can be named."""

    def __init__(self) -> None:
        self._logs: list[TrustedLog] = []
        self._witnesses: list[TrustedWitness] = []
        self._groups: list[Group] = []
        self._defined: set[str] = {NONE}
        self._quorum: str | None = None

    def read(self, words: list[str], number: int) -> None:
        """One line that is neither empty nor a comment."""
        match words:
            case ["log", key, *url] if len(url) <= 1:
                self._logs.append(TrustedLog(VerifierKey.parse(key), *url))
            case ["witness", name, key, *url] if len(url) <= 1:
                self._witnesses.append(TrustedWitness(name, VerifierKey.parse(key), *url))
                self._defined.add(name)
            case ["group", name, threshold, *members] if members:
                self._groups.append(Group(name, _threshold(threshold, len(members)), tuple(members)))
                if not self._defined.issuperset(members):
                    raise FormatError(f"line {number} of the policy names a member that no earlier line defines")
                self._defined.add(name)
            case ["quorum", name] if self._quorum is None:
                if name not in self._defined:
                    raise FormatError(f"line {number} of the policy names a quorum that no earlier line defines")
                self._quorum = name
            case _:
                raise FormatError(f"line {number} of the policy is no log, witness, group or single quorum")

    def policy(self) -> TrustPolicy:
        """What the lines came to."""
        if self._quorum is None:
            raise FormatError("the policy has no quorum line")
        return TrustPolicy(
            logs=tuple(self._logs), witnesses=tuple(self._witnesses), groups=tuple(self._groups), quorum=self._quorum
        )


def _threshold(text: str, members: int) -> int:
    return {"any": 1, "all": members}.get(text) or decode_decimal(text, "the threshold of a group in the policy")


def _decoded(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        raise UnsupportedError("a line of the policy that is not a comment is not UTF-8") from None


def _check_word(word: str) -> None:
    """A name or address must stand as one word on its line."""
    raw = word.encode("utf-8", "replace")
    if not word or _FORBIDDEN.search(raw) or any(gap in raw for gap in b" \t\n") or raw.decode() != word:
        raise FormatError("a name or address in the policy is not one word")


def _check_keys(keys: list[VerifierKey], algorithms: frozenset[int], what: str) -> None:
    if any(key.algorithm not in algorithms for key in keys):
        raise FormatError(f"the key of a {what} in the policy is not of a type that a {what} signs with")
    if len({key.public for key in keys}) < len(keys):
        raise FormatError(f"two {what} keys in the policy are the same")
