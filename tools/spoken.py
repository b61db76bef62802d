"""The sentences of the rooms below the register, found in their source: what they raise, and what policy says of devices and rules.

Those rooms are the standard library and English. A sentence with values in it, an f-string, becomes a format string with named
placeholders, one for each of its forms where a condition chooses between words, so that a translator sees whole sentences. Only
modules that the register imports, directly or not, are read.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice, product
from pathlib import Path

from lossproof.model import vocabulary
from lossproof.model.estate import CustodyState
from lossproof.model.fact import Grade, Role
from lossproof.model.facts import kinds
from lossproof.model.facts.custody import CustodyEvent
from lossproof.model.facts.registration import DeviceKind
from lossproof.policy.rule import Severity
from lossproof.policy.rules import shipped_rules
from lossproof.register.custody.terms import newest
from lossproof.register.data_subjects.staying import what_stays
from lossproof.register.web.translating import JOINERS
from lossproof.report.fact_words import RELATIONS

SOURCE = Path(__file__).resolve().parents[1] / "src"
REGISTER = "lossproof.register"
SAYING = (
    "lossproof.policy.",
    "lossproof.jobs.importing",
    "lossproof.jobs.incoming",
    "lossproof.jobs.reported_evidence",
    "lossproof.jobs.by_hand",
    "lossproof.wire.asset_list",
    "lossproof.wire.reports",
)
"""Rooms and modules of which every sentence is for people: tables of texts, and what functions return."""
WORDS_OF_FACTS = "lossproof/model/vocabulary.py"
"""Where codes stand that pages say as words."""
CITING = "lossproof.policy.crypto"
"""Its table cites where each row comes from, which no page shows."""
UNSHOWN = {"VerificationError", "StoreError"}
"""What the rooms below refuse and a page never says in their words: a pack that fails, and a store that does."""
TERMINAL = re.compile(
    r"lossproof\.(ledger\.(?!admission)|register\.(serving|making|start|sign_on|retention\.(schedule|erased_again))$)"
)
"""Modules whose refusals a terminal shows, or a log: about bytes, keys and files of the machine."""
READING = "lossproof.discover.formats"
"""Readers of files: what stops them is named by a few words."""
_BEGUN = re.compile(r"(an?|the|too|more) [A-Za-z ]+$")
TABLES = {"lossproof.report.words": ("_CATEGORIES",)}
"""Tables of words in rooms that say more than the register shows."""

MOST_FORMS = 8
_LETTERS = re.compile(r"[A-Za-z]{2}")
_HOLDER = re.compile(r"%\((\w+)\)s")
_JUNK = re.compile(r"[{}<>|=\\\n]|^[a-z0-9_-]*$")
"""What codes, patterns and queries have and sentences do not."""


@cache
def sentences() -> dict[str, set[str]]:
    """Each sentence as a msgid, with the files that say it (below `src`)."""
    found: dict[str, set[str]] = {}
    for name in _imported():
        path = _modules()[name]
        for text in _of_module(name, ast.parse(path.read_text(encoding="utf-8"))):
            found.setdefault(text, set()).add(path.relative_to(SOURCE).as_posix())
    for text, path in templates().items():
        found.setdefault(text, set()).add(path)
    for text, path in _of_tables():
        found.setdefault(text, set()).add(path)
    return found


def patterns() -> list[str]:
    """Those of them that come filled with values: to be found again by their own words."""
    return sorted(text for text in sentences() if _HOLDER.search(text) and text not in templates())


@cache
def templates() -> dict[str, str]:
    """The sentences that code below the register gives to be translated before it fills them (`policy.describe`), with its file."""
    found = {}
    for name in _imported():
        if name.startswith(SAYING):
            for node in ast.walk(ast.parse(_modules()[name].read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "word":
                    texts = (one for one in node.args if _is_text(one))
                    found |= {one.value: _modules()[name].relative_to(SOURCE).as_posix() for one in texts}
    return found


def _of_tables() -> Iterator[tuple[str, str]]:
    """The shipped rules, texts of the register that stand in files, and codes that stand in sentences as words; each with its file."""
    for rule in shipped_rules().rules:
        yield from ((text, "lossproof/policy/rulebook") for text in (rule.title, rule.say))
    for kept in what_stays():
        yield from (
            (text, "lossproof/register/data_subjects/what_stays.toml") for text in (kept.what, kept.why, kept.cites)
        )
    yield from ((text, "lossproof/register/custody/terms") for text in newest().sentences)
    yield from ((text, "lossproof/register/web/translating.py") for text in JOINERS)
    yield from ((text, "lossproof/report/fact_words.py") for text in RELATIONS.values())
    yield from ((text, WORDS_OF_FACTS) for text in _words_of_facts())


def _words_of_facts() -> Iterator[str]:
    devices = ["other device" if kind is DeviceKind.OTHER else kind.value for kind in DeviceKind]
    yield from (f"{device}s" for device in devices)
    codes = [*Grade, *Severity, *CustodyState, *CustodyEvent, *Role, *kinds()]
    codes += sorted(vocabulary.PROTECTORS | vocabulary.CATEGORIES)
    yield from (str(code).replace("_", " ") for code in codes)


@cache
def _modules() -> dict[str, Path]:
    found = {}
    for path in sorted((SOURCE / "lossproof").rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def _imported() -> list[str]:
    """The register's modules and all that they import; a folder whose files are found by name comes whole."""
    modules, seen = _modules(), set()
    waiting = [READING, *(name for name in modules if name.startswith(REGISTER))]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        tree = ast.parse(modules[name].read_text(encoding="utf-8"))
        waiting += [one for one in _imports(tree) if one in modules]
        if name == READING or "__path__" in {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}:
            waiting += [one for one in modules if one.startswith(f"{name}.")]
    return sorted(seen)


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{one.name}" for one in node.names)


def _of_module(name: str, tree: ast.Module) -> Iterator[str]:
    constants = _Constants(tree)
    for node in () if TERMINAL.match(name) else ast.walk(tree):
        if isinstance(node, ast.Call) and _is_refusal(node, UNSHOWN if not name.startswith(REGISTER) else set()):
            for said in (*node.args[:1], *(one.value for one in node.keywords if one.arg == "hint")):
                yield from constants.messages(said)
    if name.startswith(SAYING) and name != CITING:
        yield from _said(tree, constants, tables=name.startswith(SAYING[0]))
    if name.startswith(READING):
        yield from (
            node.value
            for node in ast.walk(tree)
            if _is_text(node) and _BEGUN.match(node.value) and _is_whole(node.value)
        )
        yield from (f"a damaged {node.args[0].value}" for node in ast.walk(tree) if _is_of_format(node))
    for table in TABLES.get(name, ()):
        yield from (one.value for one in ast.walk(constants.values[table]) if _is_text(one))


def _is_of_format(node: ast.AST) -> bool:
    """Whether it calls what turns a library's errors into ours, with the name of a format (`discover.formats.reasons`)."""
    is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "misreadings"
    return is_call and bool(node.args) and _is_text(node.args[0])


def _is_refusal(call: ast.Call, unshown: set[str]) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return (name.endswith("Error") and name not in unshown) or name in {"Conflict", "HadLater", "TooMany", "kind"}


def _said(tree: ast.Module, constants: _Constants, *, tables: bool) -> Iterator[str]:
    """Every text of a module that is a sentence, or words of one: in its functions, filled ones too, and in its `tables`, where these
    are of sentences and not of words that are looked for."""
    apart = {id(one) for node in ast.walk(tree) for one in _no_sentences(node)}
    if not tables:
        apart |= {
            id(one) for table in constants.values.values() for one in ast.walk(table) if isinstance(table, ast.Dict)
        }
    for node in ast.walk(tree):
        if _is_text(node) and id(node) not in apart and _is_whole(node.value):
            yield node.value
        elif tables and isinstance(node, ast.Dict):
            texts = (one.value for one in node.values if _is_text(one))
            yield from (one for one in texts if _LETTERS.search(one) and "_" not in one)
        elif isinstance(node, ast.Return) and node.value is not None:
            texts = constants.messages(node.value)
            yield from (text for text in texts if not _JUNK.search(_HOLDER.sub(" ", text)))


def _is_whole(text: str) -> bool:
    """Whether it is words, and no piece that is joined to others."""
    return " " in text and text == text.strip() and not _JUNK.search(text)


def _no_sentences(node: ast.AST) -> Iterable[ast.AST]:
    """What of a node is a text and says nothing: pieces of a filled one, a docstring, what is compared."""
    match node:
        case ast.JoinedStr():
            return node.values
        case ast.Expr():
            return (node.value,)
        case ast.Compare():
            return (node.left, *node.comparators)
        case _:
            return ()


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


class _Constants:
    """A module's constants, and the messages that an expression can make of them."""

    def __init__(self, tree: ast.Module) -> None:
        self.values: dict[str, ast.expr] = {}
        for node in tree.body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                self.values[node.targets[0].id] = node.value
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
                self.values[node.target.id] = node.value

    def messages(self, said: ast.expr) -> Iterator[str]:
        """Each form of it that has words of its own."""
        for parts in islice(self._forms(said), MOST_FORMS):
            text = _with_names(parts)
            if _LETTERS.search(_HOLDER.sub("", text)):
                yield text

    def _forms(self, said: ast.expr) -> Iterator[tuple[str | ast.expr, ...]]:
        """Its parts: words as they are, and what stands for a value."""
        match said:
            case ast.Constant(value=str()):
                yield (said.value,)
            case ast.JoinedStr():
                for some in product(*(list(self._forms(one)) for one in said.values)):
                    yield tuple(part for one in some for part in one)
            case ast.FormattedValue():
                yield from self._forms(said.value)
            case ast.IfExp():
                yield from self._forms(said.body)
                yield from self._forms(said.orelse)
            case ast.BinOp(op=ast.Add()):
                for left, right in product(list(self._forms(said.left)), list(self._forms(said.right))):
                    yield (*left, *right)
            case ast.Name() if _is_text(self.values.get(said.id, said)):
                yield (self.values[said.id].value,)  # type: ignore[attr-defined]
            case _:
                yield (said,)


def _with_names(parts: tuple[str | ast.expr, ...]) -> str:
    """A msgid: words, and a placeholder that is called after what it stands for."""
    if not any(isinstance(part, ast.expr) for part in parts):
        return "".join(str(part) for part in parts)
    names: list[str] = []
    text = ""
    for part in parts:
        if isinstance(part, str):
            text += part.replace("%", "%%")
            continue
        name = _called(part)
        text += f"%({name if name not in names else f'{name}{names.count(name) + 1}'})s"
        names.append(name)
    return text


def _called(said: ast.expr) -> str:
    """What a value is called: the last name in it that says something."""
    match said:
        case ast.Name():
            name = said.id
        case ast.Attribute():
            name = said.attr if said.attr not in {"value", "name"} else _called(said.value)
        case ast.Subscript():
            name = _called(said.value)
        case ast.Call(args=[first, *_]) if not isinstance(first, ast.Constant | ast.GeneratorExp | ast.ListComp):
            name = _called(first)
        case ast.Call():
            name = _called(said.func)
        case _:
            name = "value"
    return name.strip("_").lower() or "value"
