"""`lossproof ledger checkpoint`, `witness` and `trust` as they are typed: witnesses and an authority over real sockets."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest

from cheap_age import write_cheap_key
from cli.command import HERE
from cli.desk import PASSPHRASE, Desk, assert_refused
from cli.terminal import on_a_terminal
from lossproof.ledger.keys import Secret, open_key
from lossproof.ledger.note import COSIGNATURE_ED25519, VerifierKey
from lossproof.ledger.trust import parse_policy
from lossproof.ledger.witness import Witness, WitnessState
from lossproof.ledger.witness_server import WitnessServer
from lossproof.report.pack_words import grouped
from stamp_authority import Authority


class Running(NamedTuple):
    """A witness that answers: its line for a policy."""

    line: str


@contextmanager
def witness(desk: Desk, name: str) -> Iterator[Running]:
    """A witness over a real socket, that knows the ledger's log."""
    policy = parse_policy(desk.ledger("trust").out.encode())
    secret = write_cheap_key(desk.folder / f"{name}.witness.key", PASSPHRASE)
    state = desk.folder / f"{name}.witness"
    made = WitnessState(state) if state.exists() else WitnessState.create(state)
    host = Witness(name=f"{name}.example", secret=secret, logs=policy.log_keys, state=made)
    with WitnessServer(host, "127.0.0.1", 0, lambda _: None) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield Running(f"witness {name} {host.key.text()} http://127.0.0.1:{server.server_port}")
        finally:
            server.shutdown()
            thread.join()


def set_policy(desk: Desk, *lines: str) -> None:
    (desk.folder / "policy").write_text("\n".join(lines) + "\n")
    said = desk.ledger("trust", "--set", desk.folder / "policy")
    assert (said.status, said.err) == (0, "")


def test_a_checkpoint_can_be_read_out_and_says_that_nobody_else_has_seen_it(desk):
    said = desk.write("checkpoint", "--print")
    assert said.status == 0
    assert "not independently witnessed" in said.err
    origin, size, root = said.out.splitlines()
    assert origin == f"origin {desk.shown()['origin']}" and size == "size 5"
    assert re.fullmatch(r"root(?: [0-9a-f]{4}){16}", root)
    shape = desk.done("checkpoint")
    assert root == f"root {grouped(shape['root'])}"
    assert set(shape) == {
        *("origin", "size", "root", "checkpoint", "witnesses", "stamps", "stamped", "failed", "quorum", "independent"),
    }
    assert (shape["independent"], shape["quorum"]) == (False, True)


def test_the_note_alone_goes_to_standard_output(desk):
    said = desk.write("checkpoint")
    assert said.out == desk.done("checkpoint")["checkpoint"]
    assert said.out.startswith("lossproof/")


def test_a_checkpoint_without_news_adds_nothing_and_with_news_a_heads_leaf(desk):
    assert desk.done("checkpoint")["size"] == 5
    desk.done("device", "stick")
    assert desk.done("checkpoint")["size"] == 7
    assert desk.done("checkpoint")["size"] == 7
    assert desk.ledger("fsck", "--json").shape["heads"] == 2


def test_two_of_three_witnesses_are_a_quorum(desk):
    with witness(desk, "auditor") as first, witness(desk, "supplier") as second:
        gone = write_cheap_key(desk.folder / "officer.key", PASSPHRASE)
        key = VerifierKey(name="officer.example", algorithm=COSIGNATURE_ED25519, public=gone.public)
        absent = f"witness officer {key.text()} http://127.0.0.1:9"
        quorum = ("group all-of-them 2 auditor supplier officer", "quorum all-of-them")
        set_policy(desk, first.line, second.line, absent, *quorum)
        said = desk.write("checkpoint")
        assert said.status == 1
        assert "officer: 127.0.0.1 cannot be reached" in said.err
        assert "cosigned by auditor and supplier" in said.err
        assert "the quorum of the policy is reached" in said.err
        assert "not independently witnessed" not in said.err
        assert said.out.count("\n— ") == 3
        desk.done("device", "stick")
        shape = json.loads(desk.write("checkpoint", "--json").out)
        assert (shape["witnesses"], shape["quorum"], shape["independent"]) == (["auditor", "supplier"], True, True)
        assert [one["name"] for one in shape["failed"]] == ["officer"]
        # Asked again, a witness does not sign twice.
        assert json.loads(desk.write("checkpoint", "--json").out)["checkpoint"] == shape["checkpoint"]
    policy = desk.ledger("trust").out.splitlines()
    assert policy[0].startswith("log lossproof/") and policy[-1] == "quorum all-of-them" and len(policy) == 6
    assert desk.ledger("fsck").status == 0


def test_without_a_quorum_it_says_so(desk):
    with witness(desk, "auditor") as first:
        set_policy(desk, first.line, "quorum auditor")
    said = desk.write("checkpoint")
    assert said.status == 1
    assert "the quorum of the policy is NOT reached" in said.err
    assert "not independently witnessed" in said.err


def test_a_witness_finds_a_fork_and_the_operator_is_told(desk):
    shutil.copytree(desk.keys, desk.folder / "fork.keys")
    shutil.copy(desk.store, desk.folder / "fork")
    with witness(desk, "auditor") as first:
        set_policy(desk, first.line, "quorum auditor")
        desk.done("device", "stick")
        assert desk.done("checkpoint")["witnesses"] == ["auditor"]
        fork = Desk(desk.folder)
        fork.store, fork.keys = desk.folder / "fork", desk.folder / "fork.keys"
        set_policy(fork, first.line, "quorum auditor")
        for tag in ("a", "b", "c"):
            fork.done("device", "stick", "--asset-tag", tag)
        said = fork.write("checkpoint")
        assert said.status == 1
        assert "auditor: the witness cosigned a checkpoint that this log does not extend" in said.err


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (("quorum nobody",), 10),
        (("nonsense",), 10),
        (("",), 10),
        (("witness a example.com+00000000+AAAA", "quorum a"), 11),
    ],
)
def test_a_policy_that_is_none_changes_nothing(desk, lines, status):
    before = desk.ledger("trust").out
    (desk.folder / "policy").write_text("\n".join(lines) + "\n")
    assert_refused(desk.ledger("trust", "--set", desk.folder / "policy"), status)
    assert_refused(desk.ledger("trust", "--set", desk.folder / "none"), 16, "none")
    assert desk.ledger("trust").out == before
    assert desk.ledger("trust", "--json").shape == {"policy": before}


def test_the_log_is_no_witness_of_itself(desk):
    public = open_key(desk.keys / "log.key", Secret(PASSPHRASE)).public
    key = VerifierKey(name="me.example", algorithm=COSIGNATURE_ED25519, public=public)
    (desk.folder / "policy").write_text(f"witness me {key.text()}\nquorum me\n")
    assert_refused(desk.ledger("trust", "--set", desk.folder / "policy"), 10, "a log's and a witness's at once")
    assert desk.ledger("trust").status == 0


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    return Authority(tmp_path_factory.mktemp("authority"))


@contextmanager
def stamping(authority: Authority) -> Iterator[str]:
    """A time-stamp authority over a real socket: its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            answer = authority.reply(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def test_a_time_stamp_is_checked_and_kept(desk, authority):
    (desk.folder / "root.pem").write_bytes(authority.root)
    with stamping(authority) as url:
        said = desk.write("checkpoint", "--stamp", url, "--authority", desk.folder / "root.pem")
    assert said.status == 0
    assert "time-stamped at 20" in said.err and "not independently witnessed" not in said.err
    again = desk.write("checkpoint")
    assert (again.status, "time-stamped before" in again.err) == (0, True)
    assert desk.done("checkpoint")["stamped"] == 1


def test_a_time_stamp_by_somebody_else_is_not_kept(desk, authority, tmp_path_factory):
    other = Authority(tmp_path_factory.mktemp("other"))
    (desk.folder / "other.pem").write_bytes(other.root)
    with stamping(authority) as url:
        said = desk.write("checkpoint", "--stamp", url, "--authority", desk.folder / "other.pem")
        assert said.status == 1 and url in said.err
    assert "not independently witnessed" in said.err
    assert desk.done("checkpoint")["stamped"] == 0


def test_wrong_wishes_are_said_before_anybody_is_asked_for_a_passphrase(desk):
    assert_refused(desk.ledger("checkpoint", "--stamp", "http://127.0.0.1:9/"), 16, "--authority")
    none = desk.folder / "none.pem"
    assert_refused(desk.ledger("checkpoint", "--stamp", "http://127.0.0.1:9/", "--authority", none), 16, "none.pem")
    assert_refused(desk.ledger("checkpoint"), 13, "nobody to ask")


# The witness as a program


def start_witness(desk: Desk, *words: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "lossproof", "ledger", "witness", *map(str, words)]
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=HERE
    )


@pytest.fixture
def state(desk: Desk) -> tuple[object, ...]:
    """The words that start a witness whose state and key are there already: real keys take seconds to make."""
    (desk.folder / "operator.policy").write_text(desk.ledger("trust").out)
    write_cheap_key(desk.folder / "witness.db.key", PASSPHRASE)
    WitnessState.create(desk.folder / "witness.db")
    return (
        *("--ledger", desk.folder / "witness.db", "--name", "witness.example", "--port", "0"),
        *("--policy", desk.folder / "operator.policy", *desk.unlock),
    )


def test_the_witness_serves_until_it_is_stopped_and_remembers(desk, state):
    for size in (5, 7):
        with start_witness(desk, *state) as running:
            assert running.stdout is not None
            lines = [running.stdout.readline() for _ in range(3)]
            assert lines[0].startswith("listening on http://127.0.0.1:")
            assert re.fullmatch(
                r"witness witness\.example witness\.example\+\w{8}\+\S+ http://127\.0\.0\.1:\d+\n", lines[2]
            )
            set_policy(desk, lines[2].strip().replace("witness witness.example", "witness auditor"), "quorum auditor")
            shape = desk.done("checkpoint")
            assert (shape["size"], shape["witnesses"]) == (size, ["auditor"])
            running.send_signal(signal.SIGINT)
            out, err = running.communicate(timeout=20)
            assert (running.returncode, out) == (0, "")
            assert (
                err.splitlines() == ["add-checkpoint 200"]
                if size == 5
                else ["add-checkpoint 409", "add-checkpoint 200"]
            )
        desk.done("device", "stick")


def test_a_witness_is_never_begun_by_mistake(desk, state):
    (desk.folder / "witness.db").unlink()
    words = [word for word in state if word not in desk.unlock]
    assert_refused(desk.say("ledger", "witness", *words), 16, "there is no", "witness.db", "could cosign a fork")
    assert_refused(desk.say("ledger", "witness", *words, "--init"), 16, "witness.db.key is there already")
    (desk.folder / "witness.db.key").unlink()
    assert_refused(desk.say("ledger", "witness", *words, "--init"), 13, "nobody to ask")
    (desk.folder / "operator.policy").write_text("quorum none\n")
    assert_refused(desk.say("ledger", "witness", *words, "--init"), 16, "names no log")
    assert not (desk.folder / "witness.db").exists()


def test_a_witness_is_begun_once(desk, state):
    fresh = [desk.folder / "new.db" if word == desk.folder / "witness.db" else word for word in state]
    occupied = [*fresh, "--host", "192.0.2.1"]
    # It is made, and then cannot listen there: an address for documentation.
    assert_refused(desk.say("ledger", "witness", *occupied, "--init"), 16, "cannot listen")
    assert Path(desk.folder / "new.db").is_file() and Path(desk.folder / "new.db.key.pub").is_file()
    assert_refused(desk.say("ledger", "witness", *occupied, "--init"), 16, "is there already", "leave --init out")


def test_a_passphrase_is_asked_for_on_a_terminal_and_not_shown(desk):
    command = [sys.executable, "-m", "lossproof", "ledger", "checkpoint", "--ledger", str(desk.store), "--print"]
    keys = f"{PASSPHRASE}\n".encode()
    said = on_a_terminal(command, b"passphrase of the signing keys", keys, env=HERE, out_is_a_pipe=True)
    assert said.status == 0, said
    assert said.out.startswith(b"origin lossproof/")
    assert PASSPHRASE.encode() not in said.shown + said.out


@pytest.mark.parametrize(("keys", "status", "words"), [(b"\x04", 13, b"nobody to ask"), (b"\x03", 130, b"interrupted")])
def test_no_answer_and_ctrl_c_at_the_question_are_clear_lines(desk, keys, status, words):
    command = [sys.executable, "-m", "lossproof", "ledger", "checkpoint", "--ledger", str(desk.store)]
    said = on_a_terminal(command, b"passphrase of the signing keys", keys, env=HERE)
    assert said.status == status, said
    assert words in said.shown and b"Traceback" not in said.shown
