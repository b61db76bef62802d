"""A reader of the sample's files that shares no code with their writers, and the rules of its numbers stated again."""

from __future__ import annotations

import email
import email.policy
import html
import io
import re
import sqlite3
import unicodedata
import zipfile
from pathlib import Path

import pypdfium2


def text_of(path: str, content: bytes) -> str:
    """Everything that can be read in a file, files inside it included."""
    suffix = Path(path).suffix.lower()
    if suffix == ".pdf":
        document = pypdfium2.PdfDocument(content)
        text = "\n".join(page.get_textpage().get_text_bounded() for page in document)
        document.close()
        return text
    if suffix in (".xlsx", ".docx"):
        archive = zipfile.ZipFile(io.BytesIO(content))
        assert archive.testzip() is None
        parts = [archive.read(name).decode() for name in archive.namelist()]
        return html.unescape(re.sub(r"</(?:w:p|row|si|c|v)>", "\n", "".join(parts)).replace("<w:tab/>", "\t"))
    if suffix == ".zip":
        archive = zipfile.ZipFile(io.BytesIO(content))
        return "\n".join(text_of(name, archive.read(name)) for name in archive.namelist())
    if suffix == ".eml":
        message = email.message_from_bytes(content, policy=email.policy.default)
        parts = [str(message["From"]), str(message["To"]), str(message["Subject"])]
        parts += [part.get_content() for part in message.walk() if not part.is_multipart()]
        return "\n".join(parts)
    if suffix == ".db":
        connection = sqlite3.connect(":memory:")
        connection.deserialize(content)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rows = [row for table in ("prisoner", "movement") for row in connection.execute(f"SELECT * FROM {table}")]
        connection.close()
        return "\n".join("\t".join(str(cell) for cell in row) for row in rows)
    if content.startswith(b"\xff\xfe"):
        return content.decode("utf-16")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252")
    return html.unescape(text) if suffix in (".htm", ".html") else text


def squeezed(text: str) -> str:
    """Upper-case letters without marks, and digits: what is left of any way to write a name or a number."""
    folded = unicodedata.normalize("NFKD", re.sub("<[^>@]*>", "", text).replace("ł", "l").replace("Ł", "L"))
    return "".join(letter for letter in folded.upper() if letter.isascii() and letter.isalnum())


def mod_11(ten: str) -> bool:
    """The NHS rule, put the other way round: the weighted sum of all ten digits is a multiple of eleven."""
    return sum(int(digit) * (10 - index) for index, digit in enumerate(ten)) % 11 == 0


def luhn(digits: str) -> bool:
    total = 0
    for index, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if index % 2 else 1)
        total += value // 10 + value % 10
    return total % 10 == 0
