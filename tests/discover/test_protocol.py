"""Messages between the scanner and its workers: exact, bounded, and never more than data."""

from __future__ import annotations

import os
import pickle
import socket
import struct
import threading
import time
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lossproof.discover import protocol
from lossproof.discover.protocol import Listed, Ready, Reply, Request
from lossproof.errors import FormatError


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with ours, theirs:
        yield ours, theirs


def framed(payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + payload


def heard(raw: bytes, kind: type = Reply) -> object:
    """What is received when the other side says these bytes and hangs up."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with ours, theirs:
        speaker = threading.Thread(target=lambda: (theirs.sendall(raw), theirs.shutdown(socket.SHUT_WR)))
        speaker.start()
        try:
            return protocol.receive(ours, kind, patience_seconds=10)
        finally:
            speaker.join()


def open_descriptors() -> set[str]:
    return {path.name for path in Path("/proc/self/fd").iterdir()}


texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
numbers = st.integers(0, 2**63 - 1)
replies = st.builds(
    Reply,
    done=st.booleans(),
    mentions=st.lists(
        st.tuples(
            texts,
            texts,
            texts,
            st.lists(st.tuples(texts, texts), max_size=2),
            st.lists(texts, max_size=2),
            texts,
            texts,
            texts,
            st.lists(texts, max_size=2),
        ),
        max_size=2,
    ),
    identifiers=st.lists(st.tuples(texts, texts, numbers), max_size=2),
    unread=st.lists(st.tuples(texts, texts, texts), max_size=2),
    listed=st.lists(
        st.builds(
            Listed,
            name=texts,
            size_bytes=numbers,
            address=numbers,
            attribute=st.none() | st.tuples(numbers, numbers),
            deleted=st.booleans(),
            mixed=st.booleans(),
        ),
        max_size=2,
    ),
    ranges=st.lists(st.tuples(numbers, numbers), max_size=2),
    scanned_bytes=numbers,
    blank=st.booleans(),
    opaque_bytes=numbers,
)


@given(replies)
def test_a_reply_arrives_as_it_was_sent(reply):
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with ours, theirs:
        protocol.send(theirs, reply)
        assert protocol.receive(ours, Reply) == reply


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=300) | st.builds(framed, st.binary(max_size=300)))
def test_any_bytes_are_a_message_or_refused(raw):
    for kind in (Ready, Reply):
        with suppress(EOFError, FormatError):
            assert isinstance(heard(raw, kind), kind)


def said(**fields: object) -> bytes:
    return msgspec.msgpack.encode({"done": True} | fields)


MALFORMED = {
    "nothing": b"",
    "no message pack": b"\xc1",
    "another shape": msgspec.msgpack.encode(["done"]),
    "no done": msgspec.msgpack.encode({}),
    "a word for a number": said(scanned_bytes="many"),
    "a mention of eight parts": said(mentions=[["", "", "", [], [], "", "", ""]]),
    "text that is no UTF-8": b"\x81\xa6unread\x91\x93\xa1\xff\xa0\xa0",
    "a lone surrogate": b"\x82\xa4done\xc3\xa6unread\x91\x93\xa3\xed\xa0\x80\xa0\xa0",
    "nested without end": b"\x82\xa4done\xc3\xa1x" + b"\x91" * 100_000 + b"\xc0",
    "a list of four thousand million": b"\x82\xa4done\xc3\xa8mentions\xdd\xff\xff\xff\xff",
    "something behind it": said() + b"\x00",
    "a pickle": pickle.dumps(Reply(done=True)),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_message_is_refused(name):
    with pytest.raises(FormatError, match="malformed"):
        heard(framed(MALFORMED[name]))


def test_nothing_that_a_worker_sends_is_run():
    class Trap:
        def __reduce__(self) -> tuple:
            return os._exit, (7,)

    with pytest.raises(FormatError):
        heard(framed(pickle.dumps(Trap())))
    trap = msgspec.msgpack.encode({"done": True, "unread": [[msgspec.msgpack.Ext(1, pickle.dumps(Trap())), "", ""]]})
    with pytest.raises(FormatError):
        heard(framed(trap))


def test_an_oversized_message_is_refused_before_it_is_read():
    with pytest.raises(FormatError, match="oversized"):
        heard(struct.pack(">I", protocol.MESSAGE_BYTES + 1))


@pytest.mark.parametrize("length", [0, 1, 3, 4, 7])
def test_a_message_cut_short_is_the_end(length):
    with pytest.raises(EOFError):
        heard(framed(said())[:length])


def test_a_message_that_stops_in_the_middle_is_not_waited_for(pair):
    ours, theirs = pair
    theirs.sendall(framed(said())[:6])
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        protocol.receive(ours, Reply, patience_seconds=0.2)
    assert time.monotonic() - began < 5


def test_a_message_that_comes_drop_by_drop_is_not_waited_for(pair):
    ours, theirs = pair
    stop = threading.Event()

    def drip() -> None:
        theirs.sendall(struct.pack(">I", 1 << 20))
        while not stop.wait(0.05):
            theirs.sendall(b"\x00")

    speaker = threading.Thread(target=drip)
    speaker.start()
    try:
        with pytest.raises(TimeoutError):
            protocol.receive(ours, Reply, patience_seconds=0.4)
    finally:
        stop.set()
        speaker.join()


def test_a_descriptor_goes_with_a_request(pair, tmp_path):
    ours, theirs = pair
    (tmp_path / "letter.txt").write_bytes(b"a letter")
    with (tmp_path / "letter.txt").open("rb") as file:
        protocol.send(ours, Request(kind="file", name="letter.txt", size_bytes=8), file.fileno())
        request, fd = protocol.receive_with_descriptor(theirs, Request)
    assert request == Request(kind="file", name="letter.txt", size_bytes=8)
    assert fd is not None
    assert os.pread(fd, 100, 0) == b"a letter"
    os.close(fd)


def test_a_request_without_a_descriptor_has_none(pair):
    ours, theirs = pair
    protocol.send(ours, Request(kind="list"))
    assert protocol.receive_with_descriptor(theirs, Request) == (Request(kind="list"), None)
    ours.close()
    with pytest.raises(EOFError):
        protocol.receive_with_descriptor(theirs, Request)


def test_a_worker_cannot_put_descriptors_into_the_scanner(pair):
    ours, theirs = pair
    before = open_descriptors()
    for _ in range(20):
        protocol.send(theirs, Reply(done=True), 1)
        assert protocol.receive(ours, Reply) == Reply(done=True)
    assert open_descriptors() == before


def test_a_name_that_is_no_text_can_be_sent(pair):
    ours, theirs = pair
    name = os.fsdecode(b"caf\xe9 \xff.txt")
    protocol.send(ours, Request(kind="file", name=protocol.sendable(name)))
    request, _ = protocol.receive_with_descriptor(theirs, Request)
    assert request.name == "caf\\udce9 \\udcff.txt"


def test_only_messages_can_be_sent(pair):
    with pytest.raises(TypeError):
        protocol.send(pair[0], object())
