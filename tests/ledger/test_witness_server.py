"""The witness over real sockets on this machine."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from lossproof.errors import InputError, StoreError, VerificationError
from lossproof.ledger import witness_server
from lossproof.ledger.checkpoint import Checkpoint, add_signatures, read_signed, sign_checkpoint
from lossproof.ledger.keys import PrivateKey
from lossproof.ledger.note import ED25519, VerifierKey
from lossproof.ledger.tree import leaf_hash, memory_reader, prove_consistency, tree_root
from lossproof.ledger.witness import AddCheckpoint, Witness, WitnessState, ask_witness
from lossproof.ledger.witness_server import WitnessServer, serve

ORIGIN = "example.com/ledger"
LOG, OWN = PrivateKey.generate(), PrivateKey.generate()
LOG_KEY = VerifierKey(name=ORIGIN, algorithm=ED25519, public=LOG.public)
LEAVES = [leaf_hash(b"%d" % number) for number in range(70)]


def note(size: int, leaves: list[bytes] = LEAVES) -> bytes:
    return sign_checkpoint(Checkpoint(origin=ORIGIN, size=size, root=tree_root(leaves[:size])), LOG)


def prover(size: int):
    return lambda old: prove_consistency(memory_reader(LEAVES), old, size)


class Service:
    def __init__(self, witness: Witness, host: str = "127.0.0.1") -> None:
        self.lines: list[str] = []
        self.witness = witness
        self.server = WitnessServer(witness, host, 0, self.lines.append)
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()

    def send(self, raw: bytes, *, finish: bool = False) -> bytes:
        """Everything that comes back for raw bytes until the connection is closed."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            connection.sendall(raw)
            if finish:
                connection.shutdown(socket.SHUT_WR)
            received = b""
            try:
                while chunk := connection.recv(4096):
                    received += chunk
            except ConnectionResetError:
                pass
            return received


@pytest.fixture
def service(tmp_path, monkeypatch) -> Iterator[Service]:
    monkeypatch.setenv("no_proxy", "*")
    state = WitnessState.create(tmp_path / "state")
    running = Service(Witness(name="w.example/1", secret=OWN, logs=(LOG_KEY,), state=state))
    yield running
    running.close()


def test_a_log_is_cosigned_over_http_from_its_first_checkpoint_on(service):
    for size in (1, 5, 5, 70):
        lines = ask_witness(service.url, note(size), prover(size), [service.witness.key])
        signed = read_signed(add_signatures(note(size), lines), [LOG_KEY], [service.witness.key])
        assert abs(signed.cosignatures[0].at - time.time()) < 60
    assert service.witness.state.latest(ORIGIN) == (70, tree_root(LEAVES))


def test_a_fork_and_a_rollback_are_refused_over_http(service):
    ask_witness(service.url, note(9), prover(9), [service.witness.key])
    fork = [leaf_hash(b"x"), *LEAVES]
    with pytest.raises(VerificationError, match="does not extend"):
        ask_witness(service.url, note(9, fork), prover(9), [service.witness.key])
    with pytest.raises(VerificationError, match="here it has 4"):
        ask_witness(service.url, note(4), prover(4), [service.witness.key])


def test_several_requests_use_one_connection(service):
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=20)
    for size in (3, 3, 2):
        connection.request("POST", "/add-checkpoint", AddCheckpoint(0 if size == 3 else 2, (), note(size)).to_bytes())
        response = connection.getresponse()
        answers = response.status, response.headers["Content-Type"], response.read()
    connection.close()
    assert answers == (409, "text/x.tlog.size", b"3\n")
    assert service.lines == ["add-checkpoint 200", "add-checkpoint 409", "add-checkpoint 409"]


def test_what_is_reported_is_one_status_an_answer_and_nothing_of_the_client(service):
    service.send(b"POST /add-checkpoint HTTP/1.1\r\nHost: secret\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc")
    service.send(b"GET /secret HTTP/1.1\r\nConnection: close\r\n\r\n")
    service.send(b"secret\x1b[31m\r\n\r\n")
    assert service.lines == ["add-checkpoint 400", "add-checkpoint 501", "add-checkpoint 400"]


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"POST /add-checkpoint HTTP/1.1\r\n\r\n", 400),
        (b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: +3\r\n\r\nabc", 400),
        (b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400),
        (b"POST /add-checkpoint HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc", 400),
        (b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", 400),
        (b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 999999999\r\n\r\n", 400),
        (b"POST /other HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", 404),
        (b"GET /add-checkpoint HTTP/1.1\r\n\r\n", 501),
        (b"GET " + b"/" * 70000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"POST / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n", 431),
        (b"POST / HTTP/9.9\r\n\r\n", 505),
        (b"\x16\x03\x01\x02\x00\r\n\r\n", 400),
    ],
)
def test_whatever_is_not_a_request_for_it_is_refused_and_the_connection_closed(service, raw, status):
    answer = service.send(raw)
    # A request line that cannot be parsed may be answered as to HTTP/0.9, by its text alone.
    assert answer == b"" or answer.startswith(b"HTTP/1.1 %d " % status) or answer.islower()
    assert b"Traceback" not in answer


def test_a_body_that_ends_early_is_not_answered(service):
    assert service.send(b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 9\r\n\r\nold 0", finish=True) == b""
    assert ask_witness(service.url, note(5), prover(5), [service.witness.key])


def test_a_state_that_fails_is_an_error_of_the_server_and_no_cosignature(service, monkeypatch):
    def fail(*_: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(WitnessState, "extend", fail)
    with pytest.raises(InputError, match="status 500"):
        ask_witness(service.url, note(5), prover(5), [service.witness.key])
    assert service.lines == ["add-checkpoint failed: the disk is full", "add-checkpoint 500"]


def test_an_accident_inside_is_one_line_and_the_next_request_is_answered(service, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(Witness, "add_checkpoint", lambda *_: 1 / 0)
        assert service.send(b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 1\r\n\r\n1") == b""
    assert service.lines == ["add-checkpoint failed: ZeroDivisionError"]
    assert ask_witness(service.url, note(5), prover(5), [service.witness.key])


def test_clients_that_say_nothing_or_drip_lose_their_connection(service, monkeypatch):
    monkeypatch.setattr(witness_server, "CONNECTION_SECONDS", 0.5)
    beginnings = [b"", b"POST /add-check", b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 1000\r\n\r\nold"]
    connections = [socket.create_connection(("127.0.0.1", service.port), timeout=20) for _ in beginnings]
    begun = time.monotonic()
    for connection, beginning in zip(connections, beginnings, strict=True):
        connection.sendall(beginning)
    assert ask_witness(service.url, note(5), prover(5), [service.witness.key])
    for connection in connections:
        with connection:
            try:
                while True:
                    connection.sendall(b"A")
                    time.sleep(0.05)
            except OSError:
                pass
    assert time.monotonic() - begun < 10


def test_connections_beyond_the_limit_are_closed_at_once_and_later_ones_served(service, monkeypatch):
    monkeypatch.setattr(witness_server, "MAX_CONNECTIONS", 3)
    held = [socket.create_connection(("127.0.0.1", service.port), timeout=20) for _ in range(3)]
    try:
        while len(service.server._until) < 3:
            time.sleep(0.01)
        assert service.send(b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 1\r\n\r\n1") == b""
    finally:
        for connection in held:
            connection.close()
    while service.server._until:
        time.sleep(0.01)
    assert ask_witness(service.url, note(5), prover(5), [service.witness.key])


def test_many_clients_at_once_never_roll_the_witness_back(service):
    problems: list[object] = []

    def climb(step: int) -> None:
        for size in range(step, 70, step):
            try:
                ask_witness(service.url, note(size), prover(size), [service.witness.key])
            except (VerificationError, InputError) as error:
                # Overtaken by another: the witness names a larger size, or another one each time.
                if "here it has" not in str(error) and "each time" not in str(error):
                    problems.append(error)

    threads = [threading.Thread(target=climb, args=(step,)) for step in (3, 5, 7, 11, 13, 17)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    size, root = service.witness.state.latest(ORIGIN)
    assert size >= 65
    assert root == tree_root(LEAVES[:size])


def test_an_address_that_cannot_be_listened_on_is_a_plain_error(service):
    with pytest.raises(InputError, match="cannot listen"):
        serve(service.witness, port=service.port, report=service.lines.append)
    with pytest.raises(InputError, match="cannot listen"):
        serve(service.witness, port=70000, report=service.lines.append)


def test_serving_begins_by_saying_where_and_only_to_this_machine(service, monkeypatch):
    monkeypatch.setattr(WitnessServer, "serve_forever", lambda self: None)
    for host, shown in ({}, "http://127.0.0.1:"), ({"host": "::1"}, "http://[::1]:"):
        lines: list[str] = []
        try:
            serve(service.witness, **host, report=lines.append)
        except InputError:
            assert host, "IPv4 is always there"
            continue
        assert shown in lines[0]
