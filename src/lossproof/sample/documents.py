"""Letters as files: DOCX and PDF.

Specifications: ECMA-376 Part 1, WordprocessingML (17.2 body, 17.3 paragraphs and runs, 17.4 tables, 17.10 headers);
ISO 32000-1 (7.5 file structure, 9.6 simple fonts with WinAnsiEncoding). Left out: everything that a plain letter does
not use.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple
from xml.sax.saxutils import escape

from lossproof.sample.archive import zipped, zlib_stream
from lossproof.sample.names import written_in
from lossproof.sample.stream import Stream

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_LINE_CHARACTERS = 88
_LINES_PER_PAGE = 52


class Letter(NamedTuple):
    """A letter: its letterhead, a table of particulars (empty rows: none) that stands after `lead` lines, and its
    lines."""

    letterhead: Sequence[str]
    lines: Sequence[str]
    table: Sequence[Sequence[str]] = ()
    lead: int = 0

    def text(self) -> str:
        """The letter as plain text, a table row a line with its cells parted by tabs."""
        rows = ["\t".join(row) for row in self.table]
        return "\n".join([*self.letterhead, "", *self.lines[: self.lead], *rows, *self.lines[self.lead :]]) + "\n"


def docx(letter: Letter, written_at: datetime, stream: Stream) -> bytes:
    """A DOCX file. Some paragraphs are cut into runs in the middle of a word, as a much edited letter is."""
    body = [_paragraph(line, stream) for line in letter.lines[: letter.lead]]
    if letter.table:
        rows = "".join(
            f"<w:tr>{''.join(f'<w:tc>{_paragraph(cell, stream)}</w:tc>' for cell in row)}</w:tr>"
            for row in letter.table
        )
        body.append(f"<w:tbl>{rows}</w:tbl>")
    body += [_paragraph(line, stream) for line in letter.lines[letter.lead :]]
    header = "".join(_paragraph(line, stream) for line in letter.letterhead)
    name_spaces = f'xmlns:w="{_WORD}" xmlns:r="{_OFFICE}"'
    section = '<w:sectPr><w:headerReference w:type="default" r:id="rId1"/></w:sectPr>'
    relations = f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_OFFICE}'
    return zipped(
        [
            ("[Content_Types].xml", _content_types().encode()),
            ("_rels/.rels", f'{relations}/officeDocument" Target="word/document.xml"/></Relationships>'.encode()),
            (
                "word/document.xml",
                f"{_HEAD}<w:document {name_spaces}><w:body>{''.join(body)}{section}</w:body></w:document>".encode(),
            ),
            ("word/_rels/document.xml.rels", f'{relations}/header" Target="header1.xml"/></Relationships>'.encode()),
            ("word/header1.xml", f"{_HEAD}<w:hdr {name_spaces}>{header}</w:hdr>".encode()),
        ],
        written_at,
    )


def _paragraph(line: str, stream: Stream) -> str:
    cuts = [0, stream.between(1, len(line) - 1), len(line)] if len(line) > 3 and stream.chance(0.2) else [0, len(line)]
    runs = "".join(_run(line[start:end]) for start, end in pairwise(cuts))
    return f"<w:p>{runs}</w:p>"


def _run(text: str) -> str:
    parts = "<w:tab/>".join(f'<w:t xml:space="preserve">{escape(part)}</w:t>' for part in text.split("\t"))
    return f"<w:r>{parts}</w:r>"


def _content_types() -> str:
    return (
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{_TYPES}.document.main+xml"/>'
        f'<Override PartName="/word/header1.xml" ContentType="{_TYPES}.header+xml"/></Types>'
    )


def pdf(letter: Letter) -> bytes:
    """A PDF file of version 1.4 in Helvetica, its page contents compressed; letters outside cp1252 lose their marks."""
    lines = _wrapped(written_in("cp1252", letter.text()))
    pages = [lines[start : start + _LINES_PER_PAGE] for start in range(0, len(lines), _LINES_PER_PAGE)]
    kids = " ".join(f"{4 + 2 * index} 0 R" for index in range(len(pages)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {len(pages)}/Kids[{kids}]>>".encode(),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    for index, page in enumerate(pages):
        content = zlib_stream(_page(page))
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>"
            % (5 + 2 * index)
        )
        objects.append(b"<</Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream" % (len(content), content))
    return _file(objects)


def _wrapped(text: str) -> list[str]:
    lines = []
    for line in text.expandtabs(24).split("\n"):
        rest = line
        while len(rest) > _LINE_CHARACTERS:
            cut = rest.rfind(" ", 1, _LINE_CHARACTERS) if " " in rest[1:_LINE_CHARACTERS] else _LINE_CHARACTERS
            lines.append(rest[:cut])
            rest = rest[cut:].lstrip()
        lines.append(rest)
    return lines


def _page(lines: list[str]) -> bytes:
    shown = []
    for line in lines:
        literal = line.encode("cp1252")
        for special in (b"\\", b"(", b")"):
            literal = literal.replace(special, b"\\" + special)
        shown.append(b"(%s) Tj T*" % literal if literal else b"T*")
    return b"BT /F1 10.5 Tf 14.4 TL 62 790 Td\n%s\nET\n" % b"\n".join(shown)


def _file(objects: list[bytes]) -> bytes:
    """Objects numbered from 1, the table of their offsets, and the trailer (ISO 32000-1, 7.5)."""
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)
