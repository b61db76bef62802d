from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.errors import FormatError, InputError, StoreError, VerificationError
from lossproof.ledger.checkpoint import Checkpoint, add_signatures, cosign, read_signed, sign_checkpoint
from lossproof.ledger.keys import PrivateKey
from lossproof.ledger.note import ED25519, Ed25519Signer, VerifierKey, parse_note, sign_note
from lossproof.ledger.post import Reply
from lossproof.ledger.tree import EMPTY_ROOT, leaf_hash, memory_reader, prove_consistency, tree_root
from lossproof.ledger.witness import (
    MAX_REQUEST_BYTES,
    AddCheckpoint,
    Answer,
    Witness,
    WitnessState,
    ask_witness,
    parse_request,
)

ORIGIN, NAME = "example.com/ledger", "witness.example/w1"
LOG, OWN, OTHER = PrivateKey.generate(), PrivateKey.generate(), PrivateKey.generate()
LOG_KEY = VerifierKey(name=ORIGIN, algorithm=ED25519, public=LOG.public)
LEAVES = [leaf_hash(b"%d" % number) for number in range(70)]
FORK = [*LEAVES[:5], leaf_hash(b"another"), *LEAVES[6:]]
NOW = 1_800_000_000


def checkpoint(size: int, leaves: list[bytes] = LEAVES) -> Checkpoint:
    return Checkpoint(origin=ORIGIN, size=size, root=tree_root(leaves[:size]))


def note(size: int, leaves: list[bytes] = LEAVES) -> bytes:
    return sign_checkpoint(checkpoint(size, leaves), LOG)


def proof(old: int, new: int, leaves: list[bytes] = LEAVES) -> tuple[bytes, ...]:
    return tuple(prove_consistency(memory_reader(leaves), old, new)) if 0 < old < new else ()


def asked(old: int, new: int, leaves: list[bytes] = LEAVES) -> bytes:
    return AddCheckpoint(old, proof(old, new, leaves), note(new, leaves)).to_bytes()


@pytest.fixture
def witness(tmp_path) -> Witness:
    state = WitnessState.create(tmp_path / "state")
    return Witness(name=NAME, secret=OWN, logs=(LOG_KEY,), state=state, clock=lambda: NOW + 0.9)


def statuses(witness: Witness, *bodies: bytes) -> list[int]:
    return [witness.add_checkpoint(body).status for body in bodies]


def test_a_checkpoint_that_extends_the_last_is_cosigned_with_the_time(witness):
    answer = witness.add_checkpoint(asked(0, 5))
    assert (answer.status, answer.content_type) == (200, "text/plain; charset=utf-8")
    cosigned = read_signed(add_signatures(note(5), [answer.body.decode()]), [LOG_KEY], [witness.key])
    assert [(cosignature.key.name, cosignature.at) for cosignature in cosigned.cosignatures] == [(NAME, NOW)]
    assert statuses(witness, asked(5, 6), asked(6, 64), asked(64, 64), asked(64, 70)) == [200] * 4
    assert witness.state.latest(ORIGIN) == (70, tree_root(LEAVES))


@given(st.lists(st.integers(0, 70), min_size=1, max_size=6).map(sorted))
def test_any_history_that_only_grows_is_cosigned(tmp_path_factory, sizes):
    folder = tmp_path_factory.mktemp("w")
    witness = Witness(name=NAME, secret=OWN, logs=(LOG_KEY,), state=WitnessState.create(folder / "s"))
    assert statuses(witness, *(asked(old, new) for old, new in zip([0, *sizes], sizes, strict=False))) == [200] * len(
        sizes
    )


def test_a_log_that_is_not_known_is_not_found(witness):
    stranger = Checkpoint(origin="example.com/other", size=5, root=tree_root(LEAVES[:5]))
    body = AddCheckpoint(0, (), sign_checkpoint(stranger, LOG)).to_bytes()
    assert statuses(witness, body) == [404]
    assert witness.state.latest("example.com/other") == (0, EMPTY_ROOT)


def test_a_checkpoint_that_no_trusted_key_signed_is_forbidden(witness):
    forged = AddCheckpoint(0, (), sign_checkpoint(checkpoint(5), OTHER)).to_bytes()
    lines = note(5).split(b"\n")
    damaged = b"\n".join([lines[0], b"6", *lines[2:]])
    assert statuses(witness, forged, AddCheckpoint(0, (), damaged).to_bytes()) == [403, 403]
    assert witness.state.latest(ORIGIN) == (0, EMPTY_ROOT)


def test_signatures_of_other_keys_beside_the_logs_are_passed_over(witness):
    both = sign_note(checkpoint(5).body(), [Ed25519Signer("other", OTHER), Ed25519Signer(ORIGIN, LOG)])
    assert statuses(witness, AddCheckpoint(0, (), both).to_bytes()) == [200]


def test_an_old_size_above_the_new_one_is_a_bad_request(witness):
    assert statuses(witness, AddCheckpoint(6, (), note(5)).to_bytes()) == [400]


def test_another_old_size_than_the_last_is_a_conflict_that_names_the_last(witness):
    assert witness.add_checkpoint(asked(3, 5)) == Answer(409, "text/x.tlog.size", b"0\n")
    witness.add_checkpoint(asked(0, 5))
    for old in (0, 4, 6):
        assert witness.add_checkpoint(asked(old, 7)) == Answer(409, "text/x.tlog.size", b"5\n")


def test_a_log_that_was_rolled_back_gets_a_conflict_with_the_size_it_had(witness):
    witness.add_checkpoint(asked(0, 60))
    assert witness.add_checkpoint(asked(40, 41)) == Answer(409, "text/x.tlog.size", b"60\n")
    assert statuses(witness, asked(60, 41)) == [400]
    assert witness.state.latest(ORIGIN)[0] == 60


def test_a_fork_is_refused_at_the_same_size_and_at_every_other(witness):
    witness.add_checkpoint(asked(0, 10))
    assert statuses(witness, asked(10, 10, FORK)) == [422]
    for size in range(11, 70):
        honest = AddCheckpoint(10, proof(10, size), note(size, FORK)).to_bytes()
        assert statuses(witness, asked(10, size, FORK), honest) == [422, 422]
    assert witness.state.latest(ORIGIN) == (10, tree_root(LEAVES[:10]))


def test_a_proof_where_none_belongs_or_none_where_one_does_is_refused(witness):
    assert statuses(witness, AddCheckpoint(0, (LEAVES[0],), note(5)).to_bytes()) == [422]
    witness.add_checkpoint(asked(0, 5))
    too_many = AddCheckpoint(5, (LEAVES[0],), note(5)).to_bytes()
    none = AddCheckpoint(5, (), note(7)).to_bytes()
    longer = AddCheckpoint(5, (*proof(5, 7), LEAVES[0]), note(7)).to_bytes()
    assert statuses(witness, too_many, none, longer) == [422] * 3


def test_an_empty_log_has_one_root(witness):
    odd = sign_checkpoint(Checkpoint(origin=ORIGIN, size=0, root=LEAVES[0]), LOG)
    assert statuses(witness, AddCheckpoint(0, (), odd).to_bytes(), asked(0, 0), asked(0, 0), asked(0, 3)) == [
        422,
        200,
        200,
        200,
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n\n",
        b"old 0",
        b"old 0\n",
        b"old 0\n\n",
        b"old 00\n\n" + note(5),
        b"old -1\n\n" + note(5),
        b"old  1\n\n" + note(5),
        b"old 1 \n\n" + note(5),
        b"old 9223372036854775808\n\n" + note(5),
        b"old \xd9\xa1\n\n" + note(5),
        b"Old 0\n\n" + note(5),
        b"old 0\r\n\r\n" + note(5),
        b"old 0\nAAAA\n\n" + note(5),
        b"old 0\n" + b"A" * 43 + b"\n\n" + note(5),
        b"old 0\n" + b"A" * 42 + b"B=\n\n" + note(5),
        b"old 0\n" + (b"A" * 43 + b"=\n") * 64 + b"\n" + note(5),
        b"old 0\n\n" + note(5)[:-1],
        b"old 0\n\n" + note(5) + b"\n",
        b"old 0\n\n" + checkpoint(5).body().encode(),
        b"old 0\n\n" + sign_note(checkpoint(5).body() + "extension\n", [Ed25519Signer(ORIGIN, LOG)]),
        b"old 0\n\n" + sign_note(f"{ORIGIN}\n5\n", [Ed25519Signer(ORIGIN, LOG)]),
        b"old 0\n\n" + bytes(MAX_REQUEST_BYTES),
        asked(0, 5) + bytes(MAX_REQUEST_BYTES),
    ],
)
def test_what_does_not_follow_the_format_is_a_bad_request(witness, body):
    assert statuses(witness, body) == [400]
    assert witness.state.latest(ORIGIN) == (0, EMPTY_ROOT)


def test_the_example_of_the_specification_is_read():
    body = b"old 20852014\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n\nexample.com/behind-the-sofa\n20852163\n"
    request = parse_request(body)
    assert (request.old_size, len(request.proof)) == (20852014, 1)
    assert request.note == b"example.com/behind-the-sofa\n20852163\n"
    assert request.to_bytes() == body


@given(st.binary(max_size=200))
def test_any_bytes_are_an_answer(tmp_path_factory, body):
    path = tmp_path_factory.getbasetemp() / "any.state"
    state = WitnessState(path) if path.exists() else WitnessState.create(path)
    witness = Witness(name=NAME, secret=OWN, logs=(LOG_KEY,), state=state)
    assert statuses(witness, body, b"old 0\n\n" + body) == [400, 400]


@given(st.data())
def test_a_damaged_request_is_never_cosigned_as_something_else(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "damaged.state"
    state = WitnessState(path) if path.exists() else WitnessState.create(path)
    witness = Witness(name=NAME, secret=OWN, logs=(LOG_KEY,), state=state)
    witness.add_checkpoint(asked(0, 5))
    good = asked(5, 7)
    position = data.draw(st.integers(0, len(good) - 1))
    bad = good[:position] + bytes([good[position] ^ data.draw(st.integers(1, 255))]) + good[position + 1 :]
    assert witness.add_checkpoint(bad).status in {400, 403, 404, 409, 422}
    assert witness.state.latest(ORIGIN)[0] == 5


def test_the_state_holds_origins_sizes_and_roots_and_nothing_else(witness, tmp_path):
    witness.add_checkpoint(asked(0, 5))
    assert [child.name for child in tmp_path.iterdir()] == ["state"]
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o600
    connection = sqlite3.connect(tmp_path / "state")
    tables = connection.execute("SELECT name FROM sqlite_schema").fetchall()
    rows = connection.execute("SELECT * FROM latest").fetchall()
    connection.close()
    assert tables == [("latest",)]
    assert rows == [(ORIGIN, 5, tree_root(LEAVES[:5]))]


def test_a_state_that_is_missing_or_is_something_else_is_never_made_anew(tmp_path):
    with pytest.raises(StoreError):
        WitnessState(tmp_path / "none")
    assert list(tmp_path.iterdir()) == []
    for content in (b"", b"text" * 300):
        (tmp_path / "other").write_bytes(content)
        with pytest.raises(StoreError):
            WitnessState(tmp_path / "other")
    WitnessState.create(tmp_path / "state")
    with pytest.raises(StoreError, match="is there already"):
        WitnessState.create(tmp_path / "state")


def test_a_state_that_cannot_be_written_cosigns_nothing(witness, tmp_path):
    witness.add_checkpoint(asked(0, 5))
    holder = sqlite3.connect(tmp_path / "state", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.MonkeyPatch.context() as patch, pytest.raises(StoreError):
            patch.setattr("lossproof.ledger.witness._BUSY_SECONDS", 0.05)
            witness.add_checkpoint(asked(5, 7))
    finally:
        holder.execute("ROLLBACK")
        holder.close()
    assert witness.state.latest(ORIGIN)[0] == 5


def test_a_witness_needs_a_log_and_a_key_of_its_own(witness):
    with pytest.raises(InputError, match="no log"):
        Witness(name=NAME, secret=OWN, logs=(), state=witness.state)
    with pytest.raises(InputError, match="that of a log"):
        Witness(name=NAME, secret=LOG, logs=(LOG_KEY,), state=witness.state)
    with pytest.raises(FormatError):
        Witness(name="two words", secret=OWN, logs=(LOG_KEY,), state=witness.state)


def test_two_histories_at_once_end_in_one(tmp_path):
    """Threads and, by their own connections, other processes: one branch of each step wins, and the rest get 409 or 422."""
    WitnessState.create(tmp_path / "state")
    barrier = threading.Barrier(8)

    def race(number: int) -> list[tuple[int, int]]:
        witness = Witness(name=NAME, secret=OWN, logs=(LOG_KEY,), state=WitnessState(tmp_path / "state"))
        leaves = FORK if number % 2 else LEAVES
        won = []
        barrier.wait()
        for size in range(7, 40, 1 + number):
            known = witness.state.latest(ORIGIN)[0]
            if known <= size and witness.add_checkpoint(asked(known, size, leaves)).status == 200:
                won.append((number % 2, size))
        return won

    with ThreadPoolExecutor(8) as pool:
        won = [step for steps in pool.map(race, range(8)) for step in steps]
    assert won
    assert len({branch for branch, _ in won}) == 1
    size, root = WitnessState(tmp_path / "state").latest(ORIGIN)
    assert size == max(size for _, size in won)
    assert root == tree_root((FORK if won[0][0] else LEAVES)[:size])


CHILD = """
import sys
sys.path.insert(0, sys.argv[3])
from pathlib import Path
from lossproof.ledger.witness import WitnessState
from lossproof.ledger.checkpoint import Checkpoint
from lossproof.ledger.tree import Frontier, leaf_hash
state, leaves, size = WitnessState(Path(sys.argv[1])), Frontier(size=0, peaks=()), 0
import lossproof.ledger.witness as module
module.verify_consistency = lambda *_: None
while True:
    size += 1
    leaves = leaves.append([leaf_hash(b"%d" % size)])
    state.extend(size - 1, Checkpoint(origin=sys.argv[2], size=size, root=leaves.root()), ())
    print(size, leaves.root().hex(), flush=True)
"""


def test_a_witness_that_is_killed_remembers_all_it_has_answered(tmp_path):
    for turn in range(6):
        path = tmp_path / f"state{turn}"
        WitnessState.create(path)
        source = str(Path(__file__).parents[2] / "src")
        child = subprocess.Popen([sys.executable, "-c", CHILD, path, ORIGIN, source], stdout=subprocess.PIPE, text=True)
        seen = [child.stdout.readline() for _ in range(3 + 7 * turn)]
        os.kill(child.pid, signal.SIGKILL)
        seen += child.stdout.read().splitlines(keepends=True)
        child.stdout.close()
        child.wait()
        size, root = seen[-1].split()
        known, known_root = WitnessState(path).latest(ORIGIN)
        # One more may have been made durable, and not answered.
        assert known - int(size) in {0, 1}
        assert known > int(size) or known_root.hex() == root


class Told:
    """A witness that is asked without sockets: `post` of the module is replaced by its answers."""

    def __init__(self, monkeypatch, *answers: Witness | Reply) -> None:
        self.requests: list[AddCheckpoint] = []
        self._answers = list(answers)
        monkeypatch.setattr("lossproof.ledger.witness.post", self._post)

    def _post(self, url: str, body: bytes, **_: object) -> Reply:
        assert url == "http://w.example/prefix/add-checkpoint"
        self.requests.append(parse_request(body))
        answer = self._answers[0] if len(self._answers) == 1 else self._answers.pop(0)
        if isinstance(answer, Reply):
            return answer
        status, kind, content = answer.add_checkpoint(body)
        return Reply(status, kind.partition(";")[0], content)

    def ask(self, key: VerifierKey, size: int, leaves: list[bytes] = LEAVES, old: int = 0) -> Sequence[str]:
        return ask_witness(
            "http://w.example/prefix/", note(size, leaves), lambda old: proof(old, size, leaves), [key], old_size=old
        )


def test_a_log_asks_and_follows_the_size_that_the_witness_knows(witness, monkeypatch):
    told = Told(monkeypatch, witness)
    told.ask(witness.key, 5)
    [line] = told.ask(witness.key, 9)
    assert read_signed(add_signatures(note(9), [line]), [LOG_KEY], [witness.key]).cosignatures[0].at == NOW
    assert [(request.old_size, len(request.proof) > 0) for request in told.requests] == [
        (0, False),
        (0, False),
        (5, True),
    ]
    told.ask(witness.key, 9, old=9)
    told.ask(witness.key, 12, old=9)
    assert len(told.requests) == 5


def test_a_log_that_forked_or_went_back_is_told_so(witness, monkeypatch):
    told = Told(monkeypatch, witness)
    told.ask(witness.key, 20)
    with pytest.raises(VerificationError, match="does not extend") as fork:
        told.ask(witness.key, 30, FORK)
    assert "two histories" in fork.value.hint
    with pytest.raises(VerificationError, match="at size 20, and here it has 10") as rolled_back:
        told.ask(witness.key, 10)
    assert "old copy" in rolled_back.value.hint


def line_by(secret: PrivateKey, size: int = 5, at: int = NOW, name: str = NAME) -> bytes:
    return cosign(note(size), secret, name, at).encode()


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(200, "text/plain", line_by(OTHER)), VerificationError),
        (Reply(200, "text/plain", line_by(OWN, size=6)), VerificationError),
        (Reply(200, "text/plain", line_by(OWN, at=0)), VerificationError),
        (Reply(200, "text/plain", line_by(OWN, name="other")), VerificationError),
        (Reply(200, "text/plain", b""), FormatError),
        (Reply(200, "text/plain", line_by(OWN)[:-1]), FormatError),
        (Reply(200, "text/plain", b"\xff\n"), FormatError),
        (Reply(200, "text/plain", b"<html>\n"), FormatError),
        (Reply(409, "text/x.tlog.size", b"3\n"), InputError),
        (Reply(409, "text/x.tlog.size", b"3"), FormatError),
        (Reply(409, "text/x.tlog.size", b"-3\n"), FormatError),
        (Reply(409, "text/x.tlog.size", b"\xb2\n"), FormatError),
        (Reply(409, "text/plain", b"3\n"), FormatError),
        (Reply(403, "text/plain", b""), VerificationError),
        (Reply(404, "text/plain", b""), InputError),
        (Reply(422, "text/plain", b""), VerificationError),
        (Reply(500, "text/plain", b""), InputError),
    ],
)
def test_whatever_a_witness_answers_is_a_cosignature_or_a_plain_error(witness, monkeypatch, reply, error):
    told = Told(monkeypatch, reply)
    with pytest.raises(error):
        told.ask(witness.key, 5)
    assert len(told.requests) <= 3


@given(st.sampled_from([200, 409]), st.binary(max_size=100))
def test_any_answer_is_refused(status, content):
    own = Witness.key.fget(type("W", (), {"name": NAME, "secret": OWN}))
    with pytest.MonkeyPatch.context() as patch:
        told = Told(patch, Reply(status, "text/x.tlog.size", content))
        with pytest.raises((FormatError, VerificationError, InputError)):
            told.ask(own, 5)


def test_lines_of_unknown_keys_are_passed_over(witness, monkeypatch):
    told = Told(monkeypatch, Reply(200, "text/plain", line_by(OTHER, name="x") + line_by(OWN) + line_by(OTHER)))
    lines = told.ask(witness.key, 5)
    assert [parse_note(add_signatures(note(5), lines)).signatures[-1].name] == [NAME]
    assert [line.encode() for line in lines] == [line_by(OWN)]
