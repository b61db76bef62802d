"""Puts verify/verify.html together: the one file that a verifier opens in a browser, from the parts in verify/page.

    python tools/verify_page.py            write
    python tools/verify_page.py --check    write nothing; exit 1 where the file differs from its parts

The shapes of facts come from the model, so that a new kind of fact needs no new line here. The script and the style are named by
their digests in the page's own policy, which forbids everything else.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from lossproof.model.entry import Entry
from lossproof.model.facts import kinds
from lossproof.model.shapes import Number, Shaped

ROOT = Path(__file__).resolve().parents[1]
PARTS = ROOT / "verify" / "page"
PAGE = ROOT / "verify" / "verify.html"

# What is used while the script starts stands before its use; functions may stand anywhere.
SCRIPTS = (
    *("bytes", "canonical", "archive", "tree", "signatures", "notes", "policy", "records", "standing", "chains"),
    *("der", "certificates", "stamps", "verify", "result", "words", "drawing", "answer", "screen"),
)


def shape(hint: Any, seen: dict[str, Any]) -> dict[str, Any]:
    """The shape of one type of the model, in the words of canonical.js; classes on the way are put into `seen`."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        rule = arguments[1]
        if isinstance(rule, Number):
            return {"number": [rule.low, rule.high, rule.step, rule.high if rule.exact is None else rule.exact]}
        return {"moment" if rule.moment else "text": rule.pattern}
    if NoneType in arguments:
        [inner] = [argument for argument in arguments if argument is not NoneType]
        return {"maybe": shape(inner, seen)}
    if origin is tuple:
        return {"list": shape(arguments[0], seen)}
    if origin is dict:
        return {"map": [shape(argument, seen) for argument in arguments]}
    if hint is bool:
        return {"flag": True}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {"text": "|".join(member.value for member in hint)}
    if isinstance(hint, type) and is_dataclass(hint) and issubclass(hint, Shaped):
        hints = get_type_hints(hint, include_extras=True)
        if hint.__name__ not in seen:
            seen[hint.__name__] = None
            seen[hint.__name__] = {"record": {one.name: shape(hints[one.name], seen) for one in fields(hint)}}
        return {"is": hint.__name__}
    raise TypeError(f"verify.html has no shape for a field of type {hint}")


def shapes_script() -> str:
    """The tables of the model for the script: `SHAPES` by class, and `KINDS` with shape and signers by kind."""
    seen: dict[str, Any] = {}
    shape(Entry, seen)
    table = {
        name: {"shape": shape(kind, seen), "signers": sorted(kind.SIGNERS)} for name, kind in sorted(kinds().items())
    }
    return (
        "/* What facts may hold and who may state them: taken from the model (docs/reference/facts.md). */\n\n"
        f"const SHAPES = {_lines(seen)};\n\nconst KINDS = {_lines(table)};\n"
    )


def _lines(table: dict[str, Any]) -> str:
    rows = ",\n".join(f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in table.items())
    return f"{{\n{rows},\n}}"


def script() -> str:
    """The whole script, in one block so that nothing of it is a global name."""
    parts = [
        ("shapes", shapes_script()),
        *((name, (PARTS / f"{name}.js").read_text(encoding="utf-8")) for name in SCRIPTS),
    ]
    body = "\n".join(f"/* ---------- {name} ---------- */\n\n{text}" for name, text in parts)
    return f'"use strict";\n{{\n{body}}}\n'


def page() -> str:
    """The whole page. Raises ValueError if the script could end its own element."""
    style, code = (PARTS / "page.css").read_text(encoding="utf-8"), script()
    if "</script" in code.lower() or "<!--" in code or "</style" in style.lower():
        raise ValueError("the script or the style would end its own element")
    policy = f"default-src 'none'; script-src '{_digest(code)}'; style-src '{_digest(style)}'; base-uri 'none'; form-action 'none'"
    template = (PARTS / "page.html").read_text(encoding="utf-8")
    for place, text in {"POLICY": policy, "STYLE": style, "SCRIPT": code}.items():
        before, found, after = template.partition(f"{{{{{place}}}}}")
        if not found:
            raise ValueError(f"page.html has no place for the {place.lower()}")
        template = before + text + after
    return template


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def main() -> int:
    """Write the page, or with `--check` compare it."""
    parser = argparse.ArgumentParser(description="put verify/verify.html together from its parts")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where the file differs")
    wanted = page()
    if not parser.parse_args().check:
        PAGE.write_text(wanted, encoding="utf-8")
        return 0
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == wanted:
        return 0
    print("error: verify/verify.html is not what its parts make; run tools/verify_page.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
