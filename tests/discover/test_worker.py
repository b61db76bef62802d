"""What a worker does with a request: every failure is an answer, and one bad part does not cost the rest."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from discover import filesystem_images as images
from discover.formats import made
from lossproof.discover import protocol, worker
from lossproof.discover.protocol import Listed, Reply, Request
from lossproof.errors import FormatError, KeyRequiredError, StoreError, UnsupportedError
from lossproof.sample.people import populate

PERSON = populate(5, 10).patients[0]
ROW = f"{PERSON.nhs_number},{PERSON.surname},{PERSON.forename},{PERSON.born.isoformat()}\n"
HEADING = "NHS number,Surname,Forename,Date of birth\n"
CSV = (HEADING + ROW).encode()
LETTER = f"Dear {PERSON.full_name},\n\nNHS number: {PERSON.nhs_number}\n".encode()


class Talk:
    """A worker in this process, without its locks, and the other end of its socket."""

    def __init__(self) -> None:
        self.ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self.ours.settimeout(20)
        for end in (self.ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8 << 20)
        self.worker = worker._Worker(theirs)

    def ask(self, request: Request, path: Path | None = None) -> list[Reply]:
        """Every reply to a request; the last is done."""
        fd = None if path is None else os.open(path, os.O_RDONLY)
        self.worker.serve(request, fd)
        replies = [protocol.receive(self.ours, Reply)]
        while not replies[-1].done:
            replies.append(protocol.receive(self.ours, Reply))
        return replies

    def file(self, path: Path, name: str = "") -> Reply:
        """The one reply about a file."""
        request = Request(kind="file", name=name or path.name, size_bytes=path.stat().st_size)
        (reply,) = self.ask(request, path)
        return reply


@pytest.fixture
def talk():
    talking = Talk()
    yield talking
    talking.ours.close()
    talking.worker.channel.close()


def wrote(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def values(reply: Reply) -> set[tuple[str, str]]:
    return {(kind, value) for kind, value, _ in reply.identifiers}


def test_a_table_of_people_gives_a_mention_a_row(talk, tmp_path):
    reply = talk.file(wrote(tmp_path / "people.csv", CSV))
    assert ("nhs_number", PERSON.nhs_number) in values(reply)
    assert [mention[0] for mention in reply.mentions] == [PERSON.surname.upper()]
    assert not reply.unread
    assert reply.scanned_bytes == len(CSV)


def test_a_request_nobody_knows_and_one_without_its_image_are_answered(talk):
    assert talk.ask(Request(kind="made up")) == [Reply(done=True)]
    for kind in ("list", "entry", "raw"):
        (reply,) = talk.ask(Request(kind=kind, ranges=[(0, 10)]))
        assert [reason for _, reason, _ in reply.unread] == ["damaged"]


def test_an_empty_file_is_examined_and_holds_nothing(talk, tmp_path):
    assert talk.file(wrote(tmp_path / "empty.csv", b"")) == Reply(done=True)


def test_what_a_file_cannot_give_does_not_cost_what_it_can(talk, tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("photo.jpg", b"\xff\xd8\xff\xe0" + bytes(100))
        archive.writestr("people.csv", CSV)
        archive.writestr("broken.docx", b"PK\x03\x04 and nothing else")
        archive.writestr(
            "inner.zip", made.zipped({"letter.txt": LETTER, "photo.png": b"\x89PNG\r\n\x1a\n" + bytes(50)})
        )
    reply = talk.file(wrote(tmp_path / "all.zip", packed.getvalue()))
    assert len(reply.mentions) == 2
    assert [(where, reason) for where, reason, _ in reply.unread] == [
        ("photo.jpg", "image_not_read"),
        ("broken.docx", "damaged"),
        ("inner.zip/photo.png", "image_not_read"),
    ]


def test_files_inside_files_end_somewhere(talk, tmp_path):
    content = CSV
    for number in range(worker._DEPTH + 3):
        content = made.zipped({f"{number}.zip" if number else "people.csv": content})
    reply = talk.file(wrote(tmp_path / "nested.zip", content))
    assert [reason for _, reason, _ in reply.unread] == ["nested_too_deep"]
    assert not reply.mentions


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (FormatError("it is wrong"), "damaged"),
        (UnsupportedError("it is strange"), "unsupported"),
        (KeyRequiredError("it is locked"), "encrypted"),
        (StoreError("it is full"), "store"),
    ],
)
def test_every_error_has_its_reason(error, reason):
    assert worker.reason_of(error) == reason


@pytest.mark.parametrize(
    ("raised", "reason"),
    [(MemoryError(), "too_large"), (RecursionError(), "damaged"), (KeyRequiredError("locked"), "encrypted")],
)
def test_a_parser_that_gives_up_half_way_keeps_what_it_gave(talk, tmp_path, monkeypatch, raised, reason):
    def spans(source, name):
        yield worker.Prose(LETTER.decode())
        raise raised

    monkeypatch.setattr(worker.formats, "spans", spans)
    reply = talk.file(wrote(tmp_path / "x.txt", b"x"))
    assert [why for _, why, _ in reply.unread] == [reason]
    assert ("nhs_number", PERSON.nhs_number) in values(reply)


def test_many_mentions_come_in_several_replies(talk, tmp_path, monkeypatch):
    monkeypatch.setattr(worker, "_FLUSH_MENTIONS", 100)
    people = populate(6, 3000).patients
    rows = "".join(f"{one.nhs_number},{one.surname},{one.forename},{one.born.isoformat()}\n" for one in people)
    content = (HEADING + rows).encode()
    replies = talk.ask(
        Request(kind="file", name="many.csv", size_bytes=len(content)), wrote(tmp_path / "many.csv", content)
    )
    assert len(replies) > 1
    assert sum(len(reply.mentions) for reply in replies) == len(people)
    assert [reply.scanned_bytes for reply in replies] == [0] * (len(replies) - 1) + [len(content)]


def test_descriptors_do_not_pile_up(talk, tmp_path):
    path = wrote(tmp_path / "people.csv", CSV)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for name in ("people.csv", "people.zip", "people.pdf"):
        talk.file(path, name)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_an_image_is_listed_read_and_searched(talk, tmp_path):
    path = images.unpacked("fat12", tmp_path)
    size = path.stat().st_size
    assert talk.ask(Request(kind="image", size_bytes=size), path) == [Reply(done=True)]
    volume = {"offset_bytes": 0, "size_bytes": size}
    (listing,) = talk.ask(Request(kind="list", **volume))
    live, deleted, _ = images.expected("fat12")
    assert {entry.name for entry in listing.listed if not entry.deleted} == set(live)
    assert len([entry for entry in listing.listed if entry.deleted]) == len(deleted)
    assert listing.ranges
    assert all(0 <= start < start + length <= size for start, length in listing.ranges)
    entry = max((one for one in listing.listed if not one.deleted), key=lambda one: one.size_bytes)
    (read,) = talk.ask(asked(entry, **volume))
    assert read.scanned_bytes == entry.size_bytes
    assert not read.unread
    (searched,) = talk.ask(Request(kind="raw", ranges=listing.ranges))
    assert searched.scanned_bytes == sum(length for _, length in listing.ranges)
    assert not searched.blank


def asked(entry: Listed, **volume: int) -> Request:
    return Request(
        kind="entry",
        name=entry.name,
        address=entry.address,
        attribute=entry.attribute,
        deleted=entry.deleted,
        file_bytes=entry.size_bytes,
        **volume,
    )


def test_a_deleted_document_that_cannot_be_parsed_is_searched_as_raw_text(talk, tmp_path):
    image = tmp_path / "stick.img"
    if not images.have("mkfs.fat", "mcopy", "mdel"):
        pytest.skip("needs mkfs.fat and mtools")
    broken = b"PK\x03\x04" + bytes(600) + LETTER + bytes(600)
    images.fat(image, {"old.docx": broken}, bits=12, size_bytes=1440 << 10, delete=("old.docx",))
    size = image.stat().st_size
    talk.ask(Request(kind="image", size_bytes=size), image)
    (listing,) = talk.ask(Request(kind="list", size_bytes=size))
    (entry,) = listing.listed
    (reply,) = talk.ask(asked(entry, offset_bytes=0, size_bytes=size))
    assert [reason for _, reason, _ in reply.unread] == ["damaged"]
    assert ("nhs_number", PERSON.nhs_number) in values(reply)


def test_a_blank_range_is_said_to_be_blank(talk, tmp_path):
    talk.ask(Request(kind="image", size_bytes=3 << 20), wrote(tmp_path / "zero.img", bytes(3 << 20)))
    (reply,) = talk.ask(Request(kind="raw", ranges=[(0, 1 << 20), (1 << 20, 2 << 20)]))
    assert reply == Reply(done=True, blank=True, scanned_bytes=3 << 20)


def test_a_damaged_volume_is_an_answer(talk, tmp_path):
    talk.ask(Request(kind="image", size_bytes=1 << 20), wrote(tmp_path / "zero.img", bytes(1 << 20)))
    (reply,) = talk.ask(Request(kind="list", size_bytes=1 << 20))
    assert [reason for _, reason, _ in reply.unread] == ["file_system_not_examined"]


def test_a_real_worker_says_what_it_could_not_enforce_and_ends_with_its_socket():
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with ours, theirs:
        process = subprocess.Popen(
            [sys.executable, "-I", "-m", "lossproof.discover.worker", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env={},
        )
        theirs.close()
        ready = protocol.receive(ours, protocol.Ready, patience_seconds=60)
        assert all(isinstance(code, str) for code in ready.not_enforced)
        ours.close()
        assert process.wait(30) == 0
