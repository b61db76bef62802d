"""Writes the catalogue that translators begin with: every string that a page of the register can show.

    python tools/messages.py            write
    python tools/messages.py --check    write nothing; show what differs, and exit 1 if anything does

`django.pot` holds the msgids of the register's Python and Jinja2, found by Babel, and the sentences of the rooms below (`spoken`).
`sentences.json` names those of the latter that have places for values: the register finds them again in English text by it.
"""

from __future__ import annotations

import argparse
import difflib
import io
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import spoken
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

REGISTER = spoken.SOURCE / "lossproof" / "register"
LOCALE = REGISTER / "locale"
CATALOGUE, SENTENCES = LOCALE / "django.pot", LOCALE / "sentences.json"

_METHODS = [("**.py", "python"), ("**/jinja2/**.html", "jinja2")]
_OPTIONS = {"**/jinja2/**.html": {"extensions": "jinja2.ext.do", "trimmed": "false", "silent": "false"}}
_KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
}
_A_WORD = "A word inside other sentences, such as those of rules."
_HEADER = (
    "# What the pages of lossproof's register say. Made from the code by `make messages`: edit the code, not this file."
)


def catalogue() -> Catalog:
    """Every message, with the files that say it. Plurals stand as gettext has them."""
    made = Catalog(
        project="lossproof",
        version="register",
        header_comment=_HEADER,
        msgid_bugs_address="",
        creation_date=datetime(2026, 1, 1, tzinfo=UTC),
        charset="utf-8",
    )
    found = extract_from_dir(REGISTER, _METHODS, _OPTIONS, _KEYWORDS, strip_comment_tags=True)
    for file, _line, message, comments, context in found:
        made.add(message, locations=[(f"lossproof/register/{file}", 0)], auto_comments=comments, context=context)
    for text, files in spoken.sentences().items():
        comments = [_A_WORD] if files == {spoken.WORDS_OF_FACTS} else []
        made.add(text, locations=[(file, 0) for file in sorted(files)], auto_comments=comments)
    return made


def wanted() -> Iterator[tuple[Path, str]]:
    """Both files as they should read."""
    written = io.BytesIO()
    write_po(written, catalogue(), width=120, sort_output=True, include_lineno=False)
    yield CATALOGUE, written.getvalue().decode("utf-8")
    yield SENTENCES, json.dumps(spoken.patterns(), indent=1, ensure_ascii=False) + "\n"


def main() -> int:
    """Write the files, or with `--check` compare them."""
    parser = argparse.ArgumentParser(description="write the catalogue that translators begin with")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a file differs from the code")
    check = parser.parse_args().check
    differing = 0
    for path, text in wanted():
        present = path.read_text(encoding="utf-8") if path.exists() else ""
        if present == text:
            continue
        differing += 1
        if check:
            lines = difflib.unified_diff(
                present.splitlines(), text.splitlines(), path.name, "the code", lineterm="", n=0
            )
            print("\n".join(list(lines)[:40]))
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.name}")
    if check and differing:
        print(f"error: {differing} file(s) out of step with the code; hint: make messages", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
