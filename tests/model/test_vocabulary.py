"""The vocabulary of facts has a word for everything that the rooms can say. A test that fails names the words that are missing."""

from __future__ import annotations

import ast
import lzma
import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import lossproof
from lossproof.discover import categories
from lossproof.discover.engine import identifiers
from lossproof.discover.formats.reasons import REASONS
from lossproof.inspect.schemes import bitlocker, every, luks2
from lossproof.model import vocabulary
from lossproof.model.volume import Content, Layer
from lossproof.policy import crypto, protection
from lossproof.policy.findings import MEANINGS
from lossproof.report import words as report_words
from vector_files import VECTORS, look

PRODUCT = Path(lossproof.__file__).parent
LISTS = {name: value for name, value in vars(vocabulary).items() if isinstance(value, frozenset)}


@pytest.fixture(scope="module")
def layers() -> list[Layer]:
    """Every layer that `inspect` sees in the images of tests/vectors."""

    def inside(found: tuple[Layer, ...]) -> Iterator[Layer]:
        for layer in found:
            yield layer
            yield from inside(layer.layers)

    images = sorted(VECTORS.glob("*/*.img.xz"))
    assert len(images) > 100
    return [layer for path in images for layer in inside(look(lzma.decompress(path.read_bytes())).layers)]


def missing(said: set[str | None], known: frozenset[str]) -> list[str]:
    return sorted(word for word in said if word is not None and word not in known)


def test_every_scheme_has_its_word(layers):
    named = {scheme.NAME for scheme in every()} | {layer.scheme for layer in layers}
    unsigned = {"blank", "unrecognised", "headerless", "hardware"}
    graded = protection.PROVABLE_SCHEMES | protection.CONTAINER_SCHEMES | protection.PLAIN_SCHEMES
    assert not missing(named | unsigned | graded, vocabulary.SCHEMES)


def test_every_finding_has_its_word(layers):
    # tests/policy/test_findings.py holds that whatever a parser emits is among the meanings.
    emitted = {code for layer in layers for code in layer.findings}
    assert not missing(set(MEANINGS) | emitted, vocabulary.FINDINGS)


def test_every_state_has_its_word(layers):
    assert not missing({layer.state for layer in layers} | set(luks2._MODES.values()), vocabulary.STATES)


def test_every_kind_of_protector_has_its_word(layers):
    tabled = {*bitlocker._PROTECTORS.values(), *luks2._TOKENS.values(), *crypto.MACHINE_MADE_SECRETS}
    seen = {protector.kind for layer in layers for protector in layer.protectors}
    assert not missing(tabled | seen, vocabulary.PROTECTORS)


def test_every_kdf_has_its_word():
    tabled = {floor.kdf for floor in crypto.FLOORS} | {bitlocker._STRETCH.name} | {"argon2i", "argon2id"}
    assert not missing(tabled, vocabulary.KDFS)


def test_every_cipher_mode_and_iv_that_the_table_knows_has_its_word():
    modes = {row.name for row in crypto.TABLE if row.of == "mode"} - {"cbc-predictable", "xts-constant"}
    assert not missing(set(crypto.SOUND_CIPHERS | crypto._TABLED_CIPHERS), vocabulary.CIPHERS)
    assert not missing({*modes, *crypto._MODES, *crypto._SOUND_MODES}, vocabulary.MODES)
    assert not missing({*crypto._IVS} - {""}, vocabulary.IVS)
    assert not missing(set(crypto.SOUND_HASHES | crypto._TABLED_HASHES), vocabulary.HASHES)


def test_every_cipher_of_the_images_can_be_recorded_as_it_stands(layers):
    pattern = re.compile(vocabulary.cipher_pattern())
    ciphers = {layer.cipher for layer in layers if layer.cipher} | {name for name, _ in bitlocker._METHODS.values()}
    odd = {one for one in ciphers if not pattern.fullmatch(one)}
    assert {one for one in odd if not one.startswith("capi:")} == {"rot13-xts-plain64"}


def test_every_identifier_and_category_has_its_word():
    found = {entry.name for entry in pkgutil.iter_modules(categories.__path__)}
    named = {import_module(f"{categories.__name__}.{name}").NAME for name in found}
    assert not missing(set(identifiers()), vocabulary.IDENTIFIERS)
    assert named
    assert not missing(named, vocabulary.CATEGORIES)


# Who says why something was not examined: the call's name, and the place of the reason among its arguments.
SAYERS = {"Unread": 1, "Unreadable": 1, "_skip": 1, "skip": 1, "failed": 0, "_replace": 1, "unsupported": 0}


def reasons_said() -> Iterator[str]:
    """Every code that discover and jobs give for what was not examined, from their source."""
    paths = [*(PRODUCT / "discover").rglob("*.py"), *(PRODUCT / "jobs").glob("*.py")]
    for path in sorted(paths):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            given: list[ast.AST] = []
            if isinstance(node, ast.Call):
                place = SAYERS.get(ast.unparse(node.func).rpartition(".")[2])
                given += [] if place is None or len(node.args) <= place else [node.args[place]]
                given += [word.value for word in node.keywords if word.arg == "reason"]
                if ast.unparse(node.func).endswith("unread.append") and isinstance(node.args[0], ast.Tuple):
                    given.append(node.args[0].elts[1])
            elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).endswith((".code", "remains", "note")):
                given.append(node.value.elts[0] if isinstance(node.value, ast.Tuple) else node.value)
            elif isinstance(node, ast.FunctionDef) and node.name in {"_note", "_why", "reason_of"}:
                tuples = [one for one in ast.walk(node) if isinstance(one, ast.Tuple | ast.Dict)]
                given += [one.elts[0] for one in tuples if isinstance(one, ast.Tuple) and one.elts]
                given += [value for one in tuples if isinstance(one, ast.Dict) for value in one.values]
            for value in given:
                for one in ast.walk(value):
                    if (
                        isinstance(one, ast.Constant)
                        and isinstance(one.value, str)
                        and re.fullmatch("[a-z_]{4,}", one.value)
                    ):
                        yield one.value


def test_every_reason_for_not_examining_has_its_word():
    said = set(reasons_said())
    assert {"permission", "vanished", "too_slow", "interrupted", "remains", "plain_in_ciphertext", "too_deep"} <= said
    assert not missing(said | set(REASONS), vocabulary.NOT_EXAMINED)


def test_every_reason_that_the_report_has_words_for_has_its_word():
    assert not missing(set(report_words._NOT_EXAMINED), vocabulary.NOT_EXAMINED)


def test_every_content_has_its_word():
    assert {one.value for one in Content} == vocabulary.CONTENTS


def test_words_are_words_of_the_field_and_every_list_is_kept_small():
    assert len(LISTS) >= 12
    for name, words in LISTS.items():
        assert words, name
        assert len(words) < 150, name
        assert all(re.fullmatch(r"[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*", word) and len(word) <= 40 for word in words), name


def test_what_has_no_word_is_recorded_as_other():
    assert vocabulary.word("luks2", vocabulary.SCHEMES) == "luks2"
    assert vocabulary.word("ann smith", vocabulary.SCHEMES) == "other"
    open_ended = {
        "SCHEMES",
        "FINDINGS",
        "STATES",
        "PROTECTORS",
        "KDFS",
        "HASHES",
        "IDENTIFIERS",
        "CATEGORIES",
        "NOT_EXAMINED",
    }
    assert all(vocabulary.OTHER in LISTS[name] for name in open_ended)
