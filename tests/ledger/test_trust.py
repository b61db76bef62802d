"""Trust policies: read strictly, written so that they read the same, and a quorum that cannot be met by repetition."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.errors import FormatError, UnsupportedError, VerificationError
from lossproof.ledger.checkpoint import add_signatures, cosign, sign_checkpoint
from lossproof.ledger.note import Ed25519Cosigner, Ed25519Signer, sign_note
from lossproof.ledger.trust import (
    MAX_POLICY_BYTES,
    Group,
    TrustedLog,
    TrustedWitness,
    TrustPolicy,
    parse_policy,
    verify_checkpoint,
)
from note_keys import AT, ORIGIN, MlDsa44Cosigner, checkpoint, log_key, secret, witness_key

LOG = log_key().text()
W = {number: witness_key(number).text() for number in range(2, 40)}

TWO_LEVELS = f"""\
# Whom the regulator believes, as agreed in March.
log {LOG} https://log.example.org/stick

witness X1 {W[2]}
\twitness  X2\t{W[3]}  https://x2.example.org/
witness X3 {W[4]}
group X-witnesses 2 X1 X2 X3

witness Y1 {W[5]}
witness Y2 {W[6]}
group Y-witnesses any Y1 Y2
  # both organisations
group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""


def test_a_policy_of_two_levels_is_read():
    policy = parse_policy(TWO_LEVELS.encode())
    assert policy.logs == (TrustedLog(log_key(), "https://log.example.org/stick"),)
    assert policy.witnesses[1] == TrustedWitness("X2", witness_key(3), "https://x2.example.org/")
    assert policy.groups[0] == Group("X-witnesses", 2, ("X1", "X2", "X3"))
    assert policy.groups[2] == Group("X-and-Y", 2, ("X-witnesses", "Y-witnesses"))
    assert policy.quorum == "X-and-Y"
    assert parse_policy(policy.text().encode()) == policy


def test_a_quorum_counts_as_its_groups_say():
    policy = parse_policy(TWO_LEVELS.encode())
    names = {witness.key: witness.name for witness in policy.witnesses}
    for count in range(6):
        for keys in itertools.combinations(policy.witness_keys, count):
            chosen = [names[key] for key in keys]
            met = sum(name[0] == "X" for name in chosen) >= 2 and any(name[0] == "Y" for name in chosen)
            if met:
                assert list(policy.satisfied_by([*keys, *keys, witness_key(30)])) == chosen
            else:
                with pytest.raises(VerificationError, match=f"{count} of 5 trusted witnesses"):
                    policy.satisfied_by([*keys, *keys, witness_key(30)])


def test_the_quorum_may_be_one_witness_or_none():
    one = parse_policy(f"witness w {W[2]}\nwitness v {W[3]}\nquorum w\n".encode())
    assert one.satisfied_by([witness_key(2)]) == ("w",)
    with pytest.raises(VerificationError):
        one.satisfied_by([witness_key(3)])
    none = parse_policy(f"witness w {W[2]}\nquorum none\n".encode())
    assert none.satisfied_by([]) == ()
    assert none.satisfied_by([witness_key(2)]) == ("w",)
    assert parse_policy(b"quorum none") == TrustPolicy()


def test_words_that_mean_something_elsewhere_may_be_names():
    policy = parse_policy(f"witness all {W[2]}\nwitness #any {W[3]}\ngroup quorum 2 all #any\nquorum quorum".encode())
    assert policy.groups == (Group("quorum", 2, ("all", "#any")),)
    assert parse_policy(policy.text().encode()) == policy


def test_names_are_compared_by_their_bytes():
    kelvin = f"witness K {W[2]}\nwitness \u212a {W[3]}\ngroup g\u00a0h any K \u212a\nquorum g\u00a0h\n"
    assert parse_policy(kelvin.encode()).groups[0].members == ("K", "\u212a")


def test_thirty_two_of_each_are_read():
    logs = "".join(f"log {log_key(number, f'log{number}.example.org').text()}\n" for number in range(100, 132))
    witnesses = "".join(f"witness w{number} {W[number]}\n" for number in range(2, 34))
    groups = "".join(
        f"group g{number} any {'g' if number > 2 else 'w'}{max(number - 1, 2)}\n" for number in range(2, 34)
    )
    policy = parse_policy(f"{logs}{witnesses}{groups}quorum g33\n".encode())
    assert (len(policy.logs), len(policy.witnesses), len(policy.groups)) == (32, 32, 32)
    assert policy.satisfied_by([witness_key(2)]) == ("w2",)


def test_an_ml_dsa_key_may_be_a_log_or_a_witness():
    key = MlDsa44Cosigner(5, AT).key
    assert parse_policy(f"witness w {key.text()}\nquorum w".encode()).witness_keys == (key,)
    assert parse_policy(f"log {key.text()}\nquorum none".encode()).log_keys == (key,)


DUPLICATE = witness_key(2, "impostor.example.org").text()


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "# nothing\n",
        "quorum\n",
        "quorum none none\n",
        "quorum none\nquorum none\n",
        "quorum unknown\n",
        f"quorum w\nwitness w {W[2]}\n",
        "quibble\nquorum none\n",
        "QUORUM none\n",
        "quorum none\r\n",
        "quorum none\n\x00",
        "quorum none\n\x7f",
        "quorum none # because\n",
        "log\nquorum none\n",
        "log garbage\nquorum none\n",
        f"log {LOG} https://a.example https://b.example\nquorum none\n",
        f"log {LOG}\nlog {LOG} https://a.example\nquorum none\n",
        f"log {LOG}\nlog {log_key(1, 'other.example.org').text()}\nquorum none\n",
        f"log {W[2]}\nquorum none\n",
        f"log {LOG}\nwitness w {witness_key(1).text()}\nquorum w\n",
        "witness w\nquorum none\n",
        f"witness w {LOG}\nquorum w\n",
        f"witness none {W[2]}\nquorum none\n",
        f"witness w {W[2]}\nwitness w {W[3]}\nquorum w\n",
        f"witness w {W[2]}\nwitness v {DUPLICATE}\nquorum w\n",
        f"witness w {W[2]}\ngroup w any w\nquorum w\n",
        f"witness w {W[2]}\ngroup none any w\nquorum w\n",
        f"witness w {W[2]}\ngroup g any\nquorum w\n",
        f"witness w {W[2]}\ngroup g 0 w\nquorum g\n",
        f"witness w {W[2]}\ngroup g -1 w\nquorum g\n",
        f"witness w {W[2]}\ngroup g 01 w\nquorum g\n",
        f"witness w {W[2]}\ngroup g 2 w\nquorum g\n",
        f"witness w {W[2]}\ngroup g some w\nquorum g\n",
        f"witness w {W[2]}\ngroup g any v\nquorum g\n",
        f"witness w {W[2]}\ngroup g any g\nquorum g\n",
        f"witness w {W[2]}\ngroup g any none\nquorum g\n",
        f"witness w {W[2]}\ngroup g all w w\nquorum g\n",
        f"witness w {W[2]}\ngroup g all w\ngroup h all w\nquorum g\n",
        f"group g any w\nwitness w {W[2]}\nquorum g\n",
        f"witness w {W[2]}\ngroup g any h\ngroup h any w\nquorum g\n",
    ],
)
def test_what_is_no_policy_is_refused(wrong):
    with pytest.raises(FormatError):
        parse_policy(wrong.encode())


def test_what_is_not_ours_is_unsupported():
    with pytest.raises(UnsupportedError, match="not UTF-8"):
        parse_policy(f"witness w\x80 {W[2]}\nquorum none\n".encode("latin-1"))
    with pytest.raises(UnsupportedError, match="0x02"):
        parse_policy(b"log x+00000000+AgEC\nquorum none\n")
    assert parse_policy("# caf\u00e9\nquorum none\n".encode("latin-1")) == TrustPolicy()


def test_a_policy_longer_than_a_megabyte_is_refused():
    with pytest.raises(FormatError, match="longer than 1 MiB"):
        parse_policy(b"#" * MAX_POLICY_BYTES + b"\nquorum none\n")


@pytest.mark.parametrize("word", ["two words", "a\ttab", "a\nline", "\x01", "\ud800"])
def test_a_policy_made_by_hand_cannot_hold_what_its_file_could_not(word):
    with pytest.raises(FormatError):
        TrustPolicy(witnesses=(TrustedWitness(word, witness_key(2)),))
    with pytest.raises(FormatError):
        TrustPolicy(logs=(TrustedLog(log_key(), word),))
    with pytest.raises(FormatError):
        TrustPolicy(witnesses=(TrustedWitness("", witness_key(2)),))


LINES = st.sampled_from([*TWO_LEVELS.splitlines(), "quorum none", "group Z 1 Y1", f"witness Z {W[9]}", " \t", "#"])


@given(st.lists(LINES, max_size=14).map("\n".join).map(str.encode) | st.binary(max_size=100))
def test_any_bytes_are_a_policy_that_writes_the_same_one_or_refused(raw):
    try:
        policy = parse_policy(raw)
    except (FormatError, UnsupportedError):
        return
    assert parse_policy(policy.text().encode()) == policy


def test_a_checkpoint_is_accepted_with_its_log_and_its_quorum():
    policy = parse_policy(f"log {LOG}\nwitness a {W[2]}\nwitness b {W[3]}\ngroup g all a b\nquorum g\n".encode())
    note = sign_checkpoint(checkpoint(), secret(1))
    lines = [cosign(note, secret(number), f"witness{number}.example.org", AT) for number in (2, 3)]
    accepted = verify_checkpoint(policy, add_signatures(note, lines))
    assert accepted.witnesses == ("a", "b")
    assert accepted.signed.checkpoint == checkpoint()
    with pytest.raises(VerificationError, match="1 of 2"):
        verify_checkpoint(policy, add_signatures(note, [lines[0], lines[0]]))
    with pytest.raises(VerificationError, match="not signed by a trusted key of the log"):
        verify_checkpoint(
            policy, sign_note(checkpoint().body(), [Ed25519Cosigner("witness2.example.org", secret(2), AT)])
        )


def test_a_policy_without_logs_accepts_no_checkpoint():
    with pytest.raises(VerificationError):
        verify_checkpoint(
            parse_policy(b"quorum none\n"), sign_note(checkpoint().body(), [Ed25519Signer(ORIGIN, secret(1))])
        )
