"""Files of every format about one made-up person, and what reading them gives.

The documents that a library writes come from python-docx, openpyxl and reportlab; the others are laid down here byte by byte,
each after its specification.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import sqlite3
import struct
import tarfile
import zipfile
from collections.abc import Iterable
from contextlib import closing
from email.message import EmailMessage
from typing import NamedTuple

import docx
import openpyxl
from reportlab.pdfgen import canvas

from lossproof.block.source import BytesSource, Source
from lossproof.discover.formats import spans
from lossproof.discover.spans import Member, Prose, Rows, Span, Unread
from lossproof.errors import LossproofError

NAME = "Ann Example"
NUMBER = "943 476 5919"
TABLE = [
    ["Name", "NHS No", "Born"],
    [NAME, NUMBER, "1961-03-04"],
    ["Zoë O'Brien", "4012345678", "1970-12-31"],
    ["Li Wei", "", ""],
]


class Reading(NamedTuple):
    """Everything that came out of a file, of the files inside it too."""

    prose: str
    rows: list[list[str]]
    tables: list[Rows]
    members: list[str]
    unread: list[tuple[str, str]]
    error: str


def read(content: bytes | Source, name: str = "", depth: int = 0) -> Reading:
    """Read a file and those inside it, to a depth of eight; an error of ours ends the file it is about."""
    source = BytesSource(content) if isinstance(content, bytes) else content
    return gather(spans(source, name), depth)


def gather(found: Iterable[Span], depth: int = 0) -> Reading:
    prose, rows, tables, members, unread, error = [], [], [], [], [], ""
    try:
        for span in found:
            match span:
                case Prose(text=text):
                    assert len(text) <= 8 << 20
                    prose.append(text)
                case Rows():
                    assert span.rows
                    assert all(isinstance(cell, str) for row in span.rows for cell in row)
                    tables.append(span)
                    rows += span.rows
                case Member(name=name, source=source):
                    members.append(name)
                    if depth < 8:
                        inner = read(source, name, depth + 1)
                        prose.append(inner.prose)
                        rows += inner.rows
                        tables += inner.tables
                        members += inner.members
                        unread += inner.unread
                        if inner.error:
                            unread.append((name, inner.error))
                case Unread(where=where, reason=reason):
                    unread.append((where, reason))
    except LossproofError as problem:
        error = problem.code
    return Reading("".join(prose), rows, tables, members, unread, error)


def word_document(*, paragraphs: Iterable[str] = (f"Dear {NAME}", f"NHS No: {NUMBER}"), table: bool = True) -> bytes:
    """A DOCX with paragraphs, a list in a table and a header."""
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    document.sections[0].header.paragraphs[0].text = "Ward 7 header"
    if table:
        grid = document.add_table(rows=0, cols=len(TABLE[0]))
        for row in TABLE:
            cells = grid.add_row().cells
            for cell, value in zip(cells, row, strict=True):
                cell.text = value
    return _written(document.save)


def workbook(rows: Iterable[Iterable[object]] = TABLE) -> bytes:
    """An XLSX with one sheet of these rows and a hidden second sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Clinic"
    for row in rows:
        sheet.append(list(row))
    hidden = book.create_sheet("Old list")
    hidden.append(["Hidden Person", "QQ123456C"])
    hidden.sheet_state = "veryHidden"
    return _written(book.save)


def pdf(
    pages: Iterable[Iterable[str]] = ((f"Dear {NAME}", f"NHS No: {NUMBER}"), ("Second page",)), **options: object
) -> bytes:
    """A PDF with lines of text on each page."""
    file = io.BytesIO()
    drawing = canvas.Canvas(file, invariant=True, **options)
    for lines in pages:
        for number, line in enumerate(lines):
            drawing.drawString(72, 700 - 20 * number, line)
        drawing.showPage()
    drawing.save()
    return file.getvalue()


def zipped(files: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP of these files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return file.getvalue()


def tarred(files: dict[str, bytes]) -> bytes:
    """A TAR of these files."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return file.getvalue()


def mail(*, body: str = f"Please see {NAME}, {NUMBER}.") -> bytes:
    """A message with a plain body, an HTML one and a CSV attached."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Jo <jo@example.org>", "sam@example.net", "Zoë's list"
    message["Date"] = "Mon, 12 Jan 2009 09:00:00 +0000"
    message["Message-ID"] = "<1234567890@example.org>"
    message.set_content(body)
    message.add_alternative(f"<html><body><p>{body}</p></body></html>", subtype="html")
    message.add_attachment(
        b"Name,NHS No\r\nAnn Example,943 476 5919\r\n", maintype="text", subtype="csv", filename="list.csv"
    )
    return message.as_bytes()


def database() -> bytes:
    """A SQLite database with the table, one of an awkward name, a view and a virtual table where the library has them."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute('CREATE TABLE "pat""ient list" (name TEXT, nhs TEXT, born TEXT)')
        connection.executemany('INSERT INTO "pat""ient list" VALUES (?, ?, ?)', TABLE[1:])
        connection.execute("CREATE TABLE odd (n REAL, b BLOB)")
        connection.execute("INSERT INTO odd VALUES (4012345678.0, CAST('Blob Person' AS BLOB))")
        connection.execute("INSERT INTO odd VALUES (1.5, x'" + bytes(range(64)).hex() + "')")
        connection.execute('CREATE VIEW seen AS SELECT name FROM "pat""ient list"')
        return connection.serialize()


def web_page() -> bytes:
    """An HTML page with a paragraph, a table and things that nobody sees."""
    rows = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in TABLE)
    return (
        f"<!DOCTYPE html><html><head><title>List</title><style>p {{ color: red }}</style><script>var x = '<p>no</p>';</script>"
        f"</head><body><p>Dear&nbsp;{NAME}, caf&eacute; &#x26; &#169;</p><table>{rows}</table></body></html>"
    ).encode()


def rich_text() -> bytes:
    """An RTF document with an accent by byte and by Unicode, and a table."""
    rows = "".join(
        "{\\trowd\\cellx1000\\cellx2000\\cellx3000\\pard\\intbl "
        + "".join(f"{_rtf(cell)}\\cell " for cell in row)
        + "\\row}\n"
        for row in TABLE
    )
    return (
        "{\\rtf1\\ansi{\\fonttbl{\\f0 Hidden Font;}}{\\*\\generator Hidden;}\\uc1 Dear " + NAME + "\\par caf\\'e9 \\u321?ukasz\\par\n"
        + rows + "\\pard After the table\\par}"
    ).encode("ascii")  # fmt: skip


def _rtf(cell: str) -> str:
    return "".join(character if character.isascii() else f"\\u{ord(character)}?" for character in cell)


def contacts() -> bytes:
    """Two contacts, one of them folded and quoted-printable."""
    return (
        b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ann Example\r\nN:Example;Ann;;Ms;\r\nBDAY:19610304\r\nTEL;TYPE=CELL:07700 900123\r\n"
        b"EMAIL:ann@\r\n example.org\r\nADR;TYPE=HOME:;;1 High Street;Leeds;;LS1 4AP;UK\r\nEND:VCARD\r\n"
        b"BEGIN:VCARD\r\nVERSION:2.1\r\nFN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:Zo=C3=AB O'Brien\r\nX-ODD:kept\r\nEND:VCARD\r\n"
    )


def presentation() -> bytes:
    """The least PPTX that has a slide with text and a table, and notes."""
    space = 'xmlns:a="urn:a" xmlns:p="urn:p"'
    rows = "".join(
        "<a:tr>" + "".join(f"<a:tc><a:p><a:r><a:t>{_xml(c)}</a:t></a:r></a:p></a:tc>" for c in row) + "</a:tr>"
        for row in TABLE
    )
    slide = f"<p:sld {space}><a:p><a:r><a:t>Dear {NAME}</a:t></a:r></a:p><a:tbl>{rows}</a:tbl></p:sld>"
    notes = f"<p:notes {space}><a:p><a:r><a:t>Speaker note {NUMBER}</a:t></a:r></a:p></p:notes>"
    return zipped({
        "[Content_Types].xml": b"<Types/>", "ppt/presentation.xml": b"<p/>", "ppt/slides/slide1.xml": slide.encode(),
        "ppt/notesSlides/notesSlide1.xml": notes.encode(),
    })  # fmt: skip


def _xml(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def open_document(
    body: str, *, kind: str = "text", manifest: str = "<manifest:manifest xmlns:manifest='urn:m'/>"
) -> bytes:
    """An OpenDocument file with this body: `text` or `spreadsheet`."""
    spaces = " ".join(f'xmlns:{name}="urn:{name}"' for name in ("office", "text", "table"))
    inner = f"<office:body><office:{kind}>{body}</office:{kind}></office:body>"
    content = f"<office:document-content {spaces}>{inner}</office:document-content>"
    return zipped({
        "mimetype": b"application/vnd.oasis.opendocument." + kind.encode(), "content.xml": content.encode(),
        "META-INF/manifest.xml": manifest.encode(),
    })  # fmt: skip


def open_sheet() -> bytes:
    """An ODS with the table, a date, repeated blanks and a number shown with its leading zero."""
    rows = _open_rows()
    odd = (
        '<table:table-row table:number-rows-repeated="1048000"><table:table-cell office:value-type="date" office:date-value="1961-03-04">'
        '<text:p>04/03/61</text:p></table:table-cell><table:table-cell table:number-columns-repeated="2"/>'
        '<table:table-cell office:value-type="float" office:value="4012345678"><text:p>4.01E+09</text:p></table:table-cell>'
        '<table:table-cell office:value-type="float" office:value="101900033"><text:p>0101900033</text:p></table:table-cell>'
        '<table:table-cell table:number-columns-repeated="16000"/></table:table-row>'
    )
    return open_document(f'<table:table table:name="Clinic">{rows}{odd}</table:table>', kind="spreadsheet")


def _open_rows() -> str:
    cell = "<table:table-cell><text:p>{}</text:p></table:table-cell>"
    rows = ("".join(cell.format(_xml(value)) for value in row) for row in TABLE)
    return "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)


def open_text() -> bytes:
    """An ODT with a paragraph, a table and a comment."""
    rows = _open_rows()
    return open_document(
        f"<text:p>Dear {NAME}<text:tab/>NHS<text:s/>No: {NUMBER}</text:p><table:table>{rows}</table:table>"
        "<text:p>End<office:annotation><text:p>Comment of a colleague</text:p></office:annotation></text:p>"
    )


def compound(streams: dict[str, bytes]) -> bytes:
    """A compound file (MS-CFB version 3) with these streams, each padded to the 4,096 bytes from which it has sectors of its own."""
    sector = 512
    padded = {name: content + bytes(max(0, 4096 - len(content))) for name, content in streams.items()}
    counts = [-(-len(content) // sector) for content in padded.values()]
    directory_sectors = -(-(len(streams) + 1) // 4)
    fat_sectors = 1
    while fat_sectors * 128 < fat_sectors + directory_sectors + sum(counts):
        fat_sectors += 1
    fat: list[int] = [0xFFFFFFFD] * fat_sectors
    entries = [_directory_entry("Root Entry", 5, 0xFFFFFFFE, 0, child=1)]
    for number in range(directory_sectors):
        fat.append(len(fat) + 1 if number < directory_sectors - 1 else 0xFFFFFFFE)
    body = b""
    for index, ((name, content), count) in enumerate(zip(padded.items(), counts, strict=True), 1):
        right = index + 1 if index < len(padded) else 0xFFFFFFFF
        entries.append(_directory_entry(name, 2, len(fat), len(content), right=right))
        for number in range(count):
            fat.append(len(fat) + 1 if number < count - 1 else 0xFFFFFFFE)
        body += content.ljust(count * sector, b"\0")
    fat += [0xFFFFFFFF] * (fat_sectors * 128 - len(fat))
    directory = b"".join(entries).ljust(directory_sectors * sector, b"\0")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, fat_sectors, fat_sectors, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<109I", *range(fat_sectors), *[0xFFFFFFFF] * (109 - fat_sectors))
    return header + struct.pack(f"<{len(fat)}I", *fat) + directory + body


def _directory_entry(
    name: str, kind: int, start: int, size: int, *, child: int = 0xFFFFFFFF, right: int = 0xFFFFFFFF
) -> bytes:
    raw = name.encode("utf-16-le") + b"\0\0"
    return (
        raw.ljust(64, b"\0") + struct.pack("<HBB", len(raw), kind, 1) + struct.pack("<III", 0xFFFFFFFF, right, child)
        + bytes(36) + struct.pack("<II", start, size) + bytes(4)
    )  # fmt: skip


def old_workbook(rows: Iterable[Iterable[object]] = TABLE, *, extra: bytes = b"", first: bytes = b"") -> bytes:
    """An XLS: a BIFF8 workbook stream (MS-XLS) with one sheet, in a compound file. `extra` is put into the sheet as it is."""

    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    cells = b""
    for row, values in enumerate(rows):
        for column, value in enumerate(values):
            place = struct.pack("<HHH", row, column, 0)
            if isinstance(value, float):
                cells += record(0x203, place + struct.pack("<d", value))
            elif value:
                text = str(value)
                cells += record(0x204, place + struct.pack("<HB", len(text), 1) + text.encode("utf-16-le"))
    start = record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))
    opening = record(0x809, struct.pack("<HHHHII", 0x600, 0x05, 0, 0, 0, 0)) + first
    name = b"Clinic"
    sheet_at = len(opening) + 4 + 8 + len(name) + 4
    opening += record(0x85, struct.pack("<IBBBB", sheet_at, 0, 0, len(name), 0) + name) + record(0x0A, b"")
    return compound({"Workbook": opening + start + cells + extra + record(0x0A, b"")})


def binary_workbook(rows: Iterable[Iterable[str]] = TABLE, *, far: tuple[int, int] | None = None) -> bytes:
    """An XLSB (MS-XLSB) with one sheet; `far` adds a cell at that row and column."""

    def record(kind: int, body: bytes = b"") -> bytes:
        number = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
        return number + bytes([len(body) & 0x7F | 0x80, len(body) >> 7]) + body

    def wide(text: str) -> bytes:
        return struct.pack("<I", len(text)) + text.encode("utf-16-le")

    def cell(column: int, value: str) -> bytes:
        return record(6, struct.pack("<II", column, 0) + wide(value))

    book = (
        record(131)
        + record(143)
        + record(156, struct.pack("<II", 0, 1) + wide("rId1") + wide("Clinic"))
        + record(144)
        + record(132)
    )
    sheet = record(129) + record(148, struct.pack("<IIII", 0, 3, 0, 2)) + record(145)
    for row, values in enumerate(rows):
        sheet += record(0, struct.pack("<I", row) + bytes(13))
        sheet += b"".join(cell(column, value) for column, value in enumerate(values) if value)
    if far:
        sheet += record(0, struct.pack("<I", far[0]) + bytes(13)) + cell(far[1], "far")
    sheet += record(146) + record(130)
    rels = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://'
        'schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.bin"/></Relationships>'
    )
    return zipped({
        "[Content_Types].xml": b"<Types/>", "xl/workbook.bin": book, "xl/_rels/workbook.bin.rels": rels.encode(),
        "xl/worksheets/sheet1.bin": sheet,
    })  # fmt: skip


def _written(save: object) -> bytes:
    file = io.BytesIO()
    save(file)
    return file.getvalue()


def every_kind() -> dict[str, bytes]:
    """One good file of every format, by a name that promises it."""
    table = "\n".join(",".join(row) for row in TABLE).encode()
    return {
        "a.txt": f"Dear {NAME},\nNHS No: {NUMBER}\n".encode(), "a.csv": table, "a.docx": word_document(), "a.xlsx": workbook(),
        "a.pptx": presentation(), "a.odt": open_text(), "a.ods": open_sheet(), "a.xls": old_workbook(), "a.xlsb": binary_workbook(),
        "a.pdf": pdf(), "a.eml": mail(), "a.mbox": b"From jo@example.org Mon Jan 12 09:00:00 2009\n" + mail(),
        "a.zip": zipped({"list.csv": table, "in.zip": zipped({"deep.txt": f"{NAME} {NUMBER}\n".encode()})}),
        "a.tar": tarred({"list.csv": table}), "a.gz": gzip.compress(table), "a.bz2": bz2.compress(table), "a.xz": lzma.compress(table),
        "a.sqlite": database(), "a.json": json.dumps([dict(zip(TABLE[0], row, strict=True)) for row in TABLE[1:]]).encode(),
        "a.xml": f"<?xml version='1.0'?><all><p><name>{NAME}</name><nhs>{NUMBER}</nhs></p></all>".encode(),
        "a.html": web_page(), "a.rtf": rich_text(), "a.vcf": contacts(),
    }  # fmt: skip
