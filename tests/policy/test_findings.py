from __future__ import annotations

import ast
import re
from pathlib import Path

import lossproof
from lossproof.policy.findings import MEANINGS, Effect, meaning, reason

PRODUCT = Path(lossproof.__file__).parent


def emitted() -> dict[str, set[str]]:
    """Code-like strings in what may become a finding: lists, tuples, dictionaries and calls beside the word findings."""
    found: dict[str, set[str]] = {}
    for path in sorted([*(PRODUCT / "inspect").rglob("*.py"), PRODUCT / "policy" / "protection.py"]):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "findings":
                source: ast.AST = node.value
            elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("findings.append", "_left_over")):
                source = node
            elif isinstance(node, ast.Assign | ast.AugAssign) and "findings" in ast.unparse(
                node.targets[0] if isinstance(node, ast.Assign) else node.target
            ):
                source = node.value
            elif isinstance(node, ast.Return) and path.name in {"ranges.py", "protection.py"}:
                source = node
            else:
                continue
            for constant in ast.walk(source):
                if isinstance(constant, ast.Constant) and isinstance(constant.value, str):
                    text = constant.value
                    if re.fullmatch(r"[a-z]+(_[a-z]+)+", text):
                        found.setdefault(text, set()).add(path.name)
    return found


NOT_FINDINGS = {
    "aes_xts", "keyslots_size", "key_size", "recovery_password", "startup_key", "unbound_keyslot", "linux_raid"
}  # fmt: skip


def test_every_code_that_can_be_emitted_has_its_meaning():
    found = emitted()
    assert len(found) > 30
    assert not {code: files for code, files in found.items() if code not in MEANINGS and code not in NOT_FINDINGS}


def test_every_meaning_is_one_or_two_plain_sentences():
    assert MEANINGS
    for code, one in MEANINGS.items():
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", code)
        assert one.text[0].isupper(), code
        assert one.text.endswith("."), code
        assert len(one.text) <= 125, code
        assert not re.search(r"[{}%<>]", one.text), code


def test_no_two_codes_say_the_same():
    texts = [one.text for one in MEANINGS.values()]
    assert len(set(texts)) == len(texts)


def test_every_meaning_can_be_emitted():
    sources = "".join(
        path.read_text(encoding="utf-8")
        for path in PRODUCT.rglob("*.py")
        if path.name != "findings.py" or path.parent.name != "policy"
    )
    assert not [code for code in MEANINGS if f'"{code}"' not in sources]


def test_a_code_that_nobody_knows_is_a_doubt():
    assert meaning("made_up").effect is Effect.DOUBT
    assert reason("made_up").text
