"""A folder of everything that can go wrong: each bad thing has its clear line, and nobody beside it is lost."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen import canvas

from discover.formats import made
from discover.formats.endless_zip import endless_zip
from jobs.people_files import COUNT, GOOD, HARMLESS, somebody, table, with_people
from lossproof.jobs.check import check
from lossproof.model.holding import NotExamined
from lossproof.model.verdict import Verdict

CONTROL_NAME = "pay\x1b[2J\x1b]0;gone\x07\r\nroll\u202efdp.csv"
UNDECODABLE = os.fsdecode(b"caf\xe9 \xff.csv")
EXTRA = somebody(COUNT + 9)[COUNT:]
"""People who stand in files that are odd but can be read, one each."""

ODD_FILES = {
    CONTROL_NAME: table(EXTRA[:1]),
    UNDECODABLE: table(EXTRA[1:2]),
    "ten thousand columns.csv": b"",
    "says it is enormous.xlsx": b"",
    "line without end.txt": b"",
    "cut short.csv": table(EXTRA[5:6])[:-2],
    "no end of quotes.csv": table(EXTRA[6:7]) + b'"never closed, and on, and on\r\n' * 300,
    "zeros after it.csv": table(EXTRA[7:8]) + bytes(1 << 20),
    "." * 200 + "long name" + "x" * 40 + ".csv": table(EXTRA[8:9]),
}
NOBODY_AND_FINE = ("empty.csv", "empty", "zeros.bin", "letters.txt", "bread.zip", "deep.json")


def wide_table() -> bytes:
    """A table of 10,000 columns; one person's number, name and birth date are far apart in it."""
    person = EXTRA[2]
    columns = {7: ("NHS number", person.nhs_number), 5000: ("Surname", person.surname)}
    columns |= {5001: ("Forename", person.forename), 9998: ("Date of birth", person.born.isoformat())}
    heading = [columns[at][0] if at in columns else f"note {at % 100}" for at in range(10_000)]
    record = [columns[at][1] if at in columns else "" for at in range(10_000)]
    filler = [""] * 10_000
    return "\n".join(",".join(row) for row in (heading, record, filler, filler)).encode()


def enormous_workbook() -> bytes:
    """A workbook whose sheet says that it has 16,384 columns and 1,048,576 rows, and puts one cell into the last of them."""
    person = EXTRA[3]
    rows = [["NHS number", "Surname", "Forename", "Born"]]
    rows += [[person.nhs_number, person.surname, person.forename, person.born.isoformat()]]
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made.workbook(rows))) as original, zipfile.ZipFile(packed, "w") as changed:
        for entry in original.namelist():
            content = original.read(entry)
            if entry.endswith("sheet1.xml"):
                assert b"</sheetData>" in content
                far = b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>far</t></is></c></row></sheetData>'
                content = content.replace(b"</sheetData>", far).replace(b'ref="A1:D2"', b'ref="A1:XFD1048576"')
            changed.writestr(entry, content)
    return packed.getvalue()


def looping_pdf() -> bytes:
    """A PDF whose page tree has itself among its pages, and whose cross-reference table names itself as the previous one."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[2 0 R 3 0 R]/Count 1000000/Parent 2 0 R>>",
        b"<</Type/Pages/Kids[2 0 R]/Count 2/Parent 3 0 R>>",
    ]
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj" % number + body + b"endobj\n"
    start = len(out)
    out += b"xref\n0 4\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return out + b"trailer<</Size 4/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (start, start)


def locked_pdf() -> bytes:
    packed = io.BytesIO()
    page = canvas.Canvas(packed, encrypt=StandardEncryption("a secret", strength=128))
    page.drawString(72, 720, "Nobody reads this")
    page.save()
    return packed.getvalue()


def locked_zip() -> bytes:
    """A ZIP archive whose entry says that it is encrypted."""
    content = bytearray(made.zipped({"people.csv": table()}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def nest(levels: int) -> bytes:
    """Zips in zips, two in each."""
    content = made.zipped({"a.txt": HARMLESS})
    for _ in range(levels):
        content = made.zipped({"a.zip": content, "b.zip": content})
    return content


def laughing_document() -> bytes:
    """A DOCX whose text is an entity that grows tenfold nine times."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    xml = f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY l0 "ha">{entities}]><w:document xmlns:w="x"><w:body>&l9;</w:body></w:document>'
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(made.word_document())) as original,
        zipfile.ZipFile(packed, "w") as changed,
    ):
        for entry in original.namelist():
            changed.writestr(entry, xml if entry == "word/document.xml" else original.read(entry))
    return packed.getvalue()


class Bad(NamedTuple):
    """A file that cannot be (wholly) read: its bytes, where in it that is said, and the reasons that are right."""

    content: bytes
    reasons: frozenset[str]


def reasons(*codes: str) -> frozenset[str]:
    return frozenset(codes)


@cache
def bad_files() -> dict[str, Bad]:
    office = {"EncryptionInfo": b"\x04\x00\x04\x00" + bytes(200), "EncryptedPackage": os.urandom(5000)}
    return {
        "bomb.zip": Bad(made.zipped({"bomb.txt": bytes(120 << 20)}), reasons("archive_bomb")),
        "zip of itself.zip": Bad(endless_zip(), reasons("nested_too_deep")),
        "zips in zips.zip": Bad(nest(9), reasons("nested_too_deep", "archive_bomb")),
        "laughing.docx": Bad(
            laughing_document(), reasons("damaged", "archive_bomb", "too_large", "unsupported_format")
        ),
        "loop.pdf": Bad(looping_pdf(), reasons("damaged", "too_large")),
        "locked.pdf": Bad(locked_pdf(), reasons("encrypted")),
        "locked.zip": Bad(locked_zip(), reasons("encrypted")),
        "locked.docx": Bad(made.compound(office), reasons("encrypted")),
        "half.docx": Bad(made.word_document()[:3000], reasons("damaged")),
        "half.xlsx": Bad(made.workbook()[:3000], reasons("damaged")),
        "half.pdf": Bad(made.pdf()[:300], reasons("damaged")),
        "half.sqlite": Bad(made.database()[:5000], reasons("damaged")),
        "photo.jpg": Bad(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(5000), reasons("image_not_read")),
        "noise.bin": Bad(os.urandom(9000), reasons("unknown_format")),
        "promise.pdf": Bad(os.urandom(900), reasons("damaged")),
    }


def line_without_end(path: Path) -> None:
    """A line of 4 GiB: one person, and then nothing but zeros that take no room."""
    person = EXTRA[4]
    with path.open("wb") as file:
        file.write(f"NHS number: {person.nhs_number} of {person.full_name} and then ".encode())
        file.truncate(4 << 30)


class Examined(NamedTuple):
    """The answer about the folder, what it took, and the lines about what was not examined, by path."""

    answer: Verdict
    seconds: float
    most_bytes: int
    lines: dict[str, list[NotExamined]]


_MEASURED = """
import resource, sys
from pathlib import Path
from lossproof.jobs.check import check
check(Path(sys.argv[1]))
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def most_bytes_of_a_reader(root: Path) -> int:
    """The most memory of any reader; from a small process, because a child's peak begins with what its parent had."""
    run = subprocess.run([sys.executable, "-c", _MEASURED, str(root)], capture_output=True, text=True, check=True)
    return int(run.stdout) << 10


@pytest.fixture(scope="module")
def examined(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Examined]:
    root = with_people(tmp_path_factory.mktemp("bad") / "stick")
    odd = ODD_FILES | {
        "ten thousand columns.csv": wide_table(),
        "says it is enormous.xlsx": enormous_workbook(),
    }
    for name, content in odd.items():
        (root / name).write_bytes(content)
    line_without_end(root / "line without end.txt")
    fine = (b"", b"", bytes(100_000), HARMLESS, made.zipped({"bread.txt": HARMLESS}), b"[" * 200_000)
    for name, content in zip(NOBODY_AND_FINE, fine, strict=True):
        (root / name).write_bytes(content)
    for name, bad in bad_files().items():
        (root / name).write_bytes(bad.content)
    (root / "folder").mkdir()
    (root / "folder" / "round.txt").symlink_to("about.txt")
    (root / "folder" / "about.txt").symlink_to("round.txt")
    (root / "folder" / "up again").symlink_to("..")
    (root / "folder" / "same.csv").symlink_to(f"../{GOOD}")
    (root / "folder" / "away").symlink_to(tmp_path_factory.getbasetemp())
    (root / "folder" / "nowhere").symlink_to("no such thing")
    os.mkfifo(root / "pipe.csv")
    with socket.socket(socket.AF_UNIX) as server:
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(root)
            server.bind("socket")
        began = time.monotonic()
        answer = check(root)
        seconds = time.monotonic() - began
        most_bytes = most_bytes_of_a_reader(root)
    lines: dict[str, list[NotExamined]] = {}
    for one in answer.holding.not_examined:
        lines.setdefault(one.path, []).append(one)
    yield Examined(answer, seconds, most_bytes, lines)


def test_nobody_in_the_files_that_can_be_read_is_lost_and_nobody_is_made_up(examined):
    assert examined.answer.exposed is True
    people = examined.answer.holding.people
    assert (people.low, people.point, people.high) == (COUNT + len(EXTRA),) * 3


@pytest.mark.parametrize("name", ODD_FILES)
def test_a_file_that_is_odd_but_readable_is_read(examined, name):
    held = {one.path: one.people for one in examined.answer.holding.files}
    assert held[name] == 1
    assert name not in examined.lines


@pytest.mark.parametrize("name", NOBODY_AND_FINE)
def test_a_file_with_nothing_in_it_is_no_doubt(examined, name):
    assert not [path for path in examined.lines if path.startswith(name)]


@pytest.mark.parametrize("name", bad_files())
def test_a_file_that_cannot_be_read_has_its_reason_and_a_sentence(examined, name):
    said = [
        one for path, lines in examined.lines.items() if path == name or path.startswith(name + "/") for one in lines
    ]
    assert {one.reason for one in said} & bad_files()[name].reasons, said
    for one in said:
        assert one.text
        assert one.text[0].islower() or one.text[:2].isupper()
        assert not one.text.endswith(".")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("pipe.csv", "special_file"),
        ("socket", "special_file"),
        ("folder/round.txt", "link"),
        ("folder/about.txt", "link"),
        ("folder/away", "link"),
        ("folder/nowhere", "link"),
    ],
)
def test_what_is_no_file_is_not_opened_and_not_followed(examined, name, reason):
    assert [one.reason for one in examined.lines[name]] == [reason]


@pytest.mark.parametrize("name", ["folder/up again", "folder/same.csv"])
def test_a_link_to_what_is_examined_anyway_is_no_doubt(examined, name):
    assert name not in examined.lines
    assert not [one for one in examined.answer.holding.files if one.path.startswith(name)]


def test_nothing_else_is_said_not_to_be_examined(examined):
    known = {"pipe.csv", "socket", *(f"folder/{name}" for name in ("round.txt", "about.txt", "away", "nowhere"))}
    assert {path for path in examined.lines if path not in known and path.split("/")[0] not in bad_files()} == set()


def test_it_takes_a_bounded_time_and_a_bounded_memory(examined):
    assert examined.seconds < 90
    assert examined.most_bytes < 600 << 20


def test_every_file_is_counted_once(examined):
    files = {*ODD_FILES, *NOBODY_AND_FINE, *bad_files(), GOOD}
    assert examined.answer.holding.scanned.files == len(files)


def test_the_answer_can_be_written_down(examined):
    from lossproof.wire.output import to_json

    shape = json.loads(to_json(examined.answer))
    assert {one["path"] for one in shape["holding"]["files"]} >= {CONTROL_NAME, UNDECODABLE}
    assert to_json(examined.answer).isascii()
