"""The reference pages, each made from the code it describes. `PAGES` maps a file below docs/reference to what writes it."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import inspect
import os
import pkgutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import reference_api
import reference_custody
import reference_facts
import reference_json
import reference_register
import reference_retention
import reference_rules

ROOT = Path(__file__).resolve().parents[1]
NOTICE = "<!-- Made from the code by `make docs`. Edit the code, not this page. -->\n"


def page(title: str, *parts: str) -> str:
    """A page: a title, the notice, and its parts with one blank line between them."""
    return "\n\n".join([f"# {title}", NOTICE.strip(), *(part.strip("\n") for part in parts if part)]) + "\n"


def cell(value: object) -> str:
    """One table cell: a line, with bars escaped."""
    return " ".join(str(value).split()).replace("|", "\\|")


def table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table."""
    heads = list(heads)
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return "\n".join(lines + ["| " + " | ".join(cell(value) for value in row) + " |" for row in rows])


def code(values: Iterable[str]) -> str:
    """Values as code, with commas."""
    return ", ".join(f"`{value}`" for value in values)


def described(module: Any) -> str:
    """A docstring for a page: doctest lines become a code block."""
    text = inspect.cleandoc(module.__doc__ or "")
    lines: list[str] = []
    inside = False
    for line in text.split("\n"):
        example = line.startswith(">>> ")
        if example and not inside:
            lines.append("```pycon")
            inside = True
        elif inside and not line.strip():
            lines.append("```")
            inside = False
        lines.append(line)
    return "\n".join([*lines, "```"] if inside else lines)


def modules(package: str, having: str) -> list[ModuleType]:
    """The modules of a package's folder that define the name `having`, by name."""
    folder = importlib.import_module(package)
    found = [importlib.import_module(f"{package}.{entry.name}") for entry in pkgutil.iter_modules(folder.__path__)]
    kept = [module for module in found if hasattr(module, having)]
    if not kept:
        raise SystemExit(f"{package} has no module that defines {having}")
    return kept


def help_text(*words: str) -> str:
    """What `lossproof WORDS --help` prints, 100 columns wide."""
    run = subprocess.run(
        [sys.executable, "-m", "lossproof", *words, "--help"],
        env={"COLUMNS": "100", "PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.rstrip()


def actions_of(name: str) -> list[str]:
    """The actions of a command that has some, such as `init` of `ledger`."""
    parser: argparse.ArgumentParser = importlib.import_module("lossproof.cli").build([name])[0]
    for word in (name, ""):
        table = next((one for one in parser._actions if isinstance(one, argparse._SubParsersAction)), None)
        if table is None or not word:
            return [] if table is None else list(table.choices)
        parser = table.choices[word]
    return []


def command_parts(name: str) -> list[str]:
    """A command, and each of its actions: what its module says, and its help."""
    module = importlib.import_module(f"lossproof.cli.{name}")
    parts = [f"## {name}\n\n{described(module)}", f"```text\n{help_text(name)}\n```"]
    for action in actions_of(name):
        own = importlib.util.find_spec(f"{module.__name__}.{action}") if hasattr(module, "__path__") else None
        text = described(importlib.import_module(own.name)) if own else ""
        parts += [f"### {name} {action}\n\n{text}", f"```text\n{help_text(name, action)}\n```"]
    return parts


def commands() -> str:
    """commands.md, from the command line's own help."""
    names = importlib.import_module("lossproof.cli").COMMANDS
    return page(
        "Commands",
        "Exit statuses: 0 and 1 are answers, 2 is wrong usage, the others are [errors](errors.md).",
        f"```text\n{help_text()}\n```",
        *(part for name in names for part in command_parts(name)),
    )


def errors() -> str:
    """errors.md, from the error tree."""
    module = importlib.import_module("lossproof.errors")
    text = inspect.cleandoc(module.__doc__ or "").split("\n\n", 1)[1]
    tree, _, prose = text.partition("\n\n")
    classes = [value for value in vars(module).values() if inspect.isclass(value)]
    answers = [
        (0, "the answer is good: see each [command](commands.md)"),
        (1, "an answer that is not good, or not certain"),
        (2, "wrong usage of the command line"),
    ]
    return page(
        "Errors",
        f"```text\n{textwrap.dedent(tree)}\n```",
        prose,
        "## Exit statuses",
        table(("status", "meaning"), answers),
        table(
            ("status", "code", "class", "meaning"),
            ((kind.exit_status, f"`{kind.code}`", f"`{kind.__name__}`", kind.__doc__) for kind in classes),
        ),
    )


def schemes() -> str:
    """schemes.md, from `inspect.schemes`."""
    every = importlib.import_module("lossproof.inspect.schemes").every()
    vectors = ROOT / "tests" / "vectors"
    specified: dict[str, list[str]] = {}
    for scheme in every:
        specified.setdefault(scheme.NAME, []).append(scheme.SPEC)
    rows = [
        (f"`{name}`", "; ".join(dict.fromkeys(texts)), len(list((vectors / name).glob("*.toml"))) or "")
        for name, texts in sorted(specified.items())
    ]
    read = list(modules("lossproof.inspect.schemes", "NAME"))
    return page(
        "Schemes",
        "What `lossproof inspect` knows. The grade of a layer follows from its [findings](findings.md).",
        table(("scheme", "specification", "own vectors"), rows),
        "`headerless`, `hardware`, `blank` and `unrecognised` have no signature: they are what remains.",
        *(f"## {module.NAME}\n\n{described(module)}" for module in read),
    )


def findings() -> str:
    """findings.md, from policy's table of meanings."""
    meanings = importlib.import_module("lossproof.policy.findings").MEANINGS
    rows = sorted(
        ((meaning.effect, name, meaning.text) for name, meaning in meanings.items()), key=lambda row: (-row[0], row[1])
    )
    effects = importlib.import_module("lossproof.policy.findings").Effect
    said = {
        "NOTE": "said, and weighs nothing",
        "DOUBT": "at best `unknown`",
        "HAZARD": "at best `weak`",
        "PLAIN_PART": "at best `partial`",
        "READABLE": "`unprotected`",
    }
    parts = [
        f"## {effect.name.lower().replace('_', ' ')}: {said[effect.name]}\n\n"
        + table(("code", "what it means"), ((f"`{name}`", text) for weight, name, text in rows if weight == effect))
        for effect in sorted(effects, reverse=True)
    ]
    intro = "Stable codes in `reasons` and `findings`. The heaviest finding decides; a code that is not here weighs as doubt."
    reasons = importlib.import_module("lossproof.policy.exposure").REASONS
    verdicts = table(("code", "what it means"), ((f"`{name}`", text) for name, text in reasons.items()))
    return page("Findings", intro, *parts, "## Reasons of a verdict", verdicts)


def identifiers() -> str:
    """identifiers.md, from `discover.identifiers`."""
    parts = []
    for module in modules("lossproof.discover.identifiers", "PATTERN"):
        facts = [
            ("source", module.SOURCE),
            ("category", f"`{module.CATEGORY}`" if module.CATEGORY else "none"),
            ("one value is one person", "yes" if module.STRONG else "no"),
            ("certain without a word beside it", "yes" if module.ALONE else "no"),
            ("words beside it", ", ".join(module.CONTEXT)),
            ("column headings", ", ".join(module.HEADERS)),
        ]
        parts += [f"## {module.NAME}\n\n{described(module)}", table(("", ""), facts)]
    return page(
        "Identifiers", "What `lossproof discover` looks for. Every value is validated before it counts.", *parts
    )


def formats() -> str:
    """formats.md, from `discover.formats` and its reasons."""
    known = sorted(modules("lossproof.discover.formats", "texts"), key=lambda module: module.__name__)
    # The table is the report's own, which no other room may read; its third word of each row is the sentence.
    reasons = vars(importlib.import_module("lossproof.report.words"))["_NOT_EXAMINED"]
    return page(
        "File formats",
        "What `lossproof discover` reads. Bytes are believed before names; what cannot be read is listed with its reason.",
        *(
            f"## {module.__name__.rpartition('.')[2]}\n\n{described(module)}\n\nEndings: {code(module.SUFFIXES) or 'none'}"
            for module in known
        ),
        "## Why something was not examined",
        table(("code", "what it means"), ((f"`{name}`", words[2]) for name, words in sorted(reasons.items()))),
    )


def categories() -> str:
    """categories.md, from `discover.categories`."""
    parts = [
        f"## {module.NAME}\n\n{described(module)}\n\nBasis: {module.BASIS}\n\n"
        f"{len(module.TERMS)} terms. Column headings: {', '.join(sorted(module.HEADERS))}"
        for module in modules("lossproof.discover.categories", "TERMS")
    ]
    return page(
        "Categories",
        "Special categories of personal data, claimed only for people whose record holds the evidence.",
        *parts,
    )


PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands,
    "errors.md": errors,
    "schemes.md": schemes,
    "findings.md": findings,
    "identifiers.md": identifiers,
    "formats.md": formats,
    "categories.md": categories,
    "api.md": lambda: page("The API of a register", *reference_api.parts(table)),
    "openapi.json": reference_api.openapi_text,
    "custody.md": lambda: page("Custody", *reference_custody.parts(table)),
    "register.md": lambda: page("The register's pages", *reference_register.parts(table)),
    "retention.md": lambda: page("Retention", *reference_retention.parts(table)),
    "rules.md": lambda: page("Rules", *reference_rules.parts(table)),
    "json.md": lambda: page("JSON", *reference_json.parts()),
    "facts.md": lambda: page("Facts", *reference_facts.parts()),
    **{
        f"schemas/{name}.schema.json": partial(reference_facts.schema_text, kind)
        for name, kind in reference_facts.kinds().items()
    },
}
