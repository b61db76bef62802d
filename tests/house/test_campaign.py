"""The long fuzz and mutation runs reach every parser, and a slice of them is run here."""

from __future__ import annotations

import argparse
import ast
import importlib
import random
import sys

import pytest

from house.repository import ROOT
from lossproof.discover.formats import all_formats
from lossproof.inspect import schemes
from lossproof.jobs.discovery import LISTED

sys.path.insert(0, str(ROOT / "tools"))
campaign = importlib.import_module("campaign")
fuzz = importlib.import_module("campaign_fuzz")
mutants = importlib.import_module("campaign_mutants")
targets = importlib.import_module("campaign_targets")

SEED = 20261123
NEVER_READ = "other_kinds"
TARGETS = targets.all_targets()
# A register is opened once a process, and a volume is read by a child.
AT_HAND = sorted(name for name in TARGETS if not name.startswith(("volume ", "API ")))


def test_every_scheme_every_format_and_every_file_system_is_a_target():
    assert {f"scheme {known.NAME}" for known in schemes.every()} <= TARGETS.keys()
    assert {f"volume {name}" for name in LISTED} <= TARGETS.keys()
    formats = [known for known in all_formats() if not known.__name__.endswith(NEVER_READ)]
    assert formats
    for known in formats:
        assert any(f"format {suffix}" in TARGETS for suffix in known.SUFFIXES), known.__name__


@pytest.mark.parametrize("name", AT_HAND)
def test_damaged_copies_are_read_or_refused(name):
    target, draw = TARGETS[name](), random.Random(f"{SEED} {name}")
    run = fuzz.outcome_apart if target.apart else fuzz.outcome
    assert target.corpus
    for _ in range(3):
        assert run(target, fuzz.one_input(target, draw)) in {"read", "refused"}


def test_damaged_volumes_are_listed_by_a_child_that_may_be_lost():
    result = fuzz.one("volume ext", SEED, 2)
    assert result.inputs == result.read + result.refused > 0
    assert not result.kinds


@pytest.mark.parametrize("name", ["API facts, signed", "API bodies"])
def test_a_register_answers_what_is_damaged_as_it_promised(name):
    result = fuzz.one(name, SEED, 2)
    assert result.inputs == result.read + result.refused > 0
    assert not result.kinds


def test_every_source_of_reports_and_every_body_of_the_api_is_a_target():
    from lossproof.wire import checkin
    from lossproof.wire.reports import sources

    assert {f"report {source.NAME}" for source in sources()} <= TARGETS.keys()
    decoded = {checkin.FactsRequest, checkin.EnrolRequest, checkin.FactsAnswer, checkin.Enrolment, checkin.ErrorAnswer}
    assert len([name for name in TARGETS if name.startswith("check-in ")]) == len(decoded)


def test_good_files_are_read_before_they_are_damaged():
    for name in AT_HAND:
        if name.startswith(("agent ", "asset ", "check-in ", "ledger ", "report ", "rules", "verdict")):
            target = TARGETS[name]()
            assert "read" in {fuzz.outcome(target, one) for one in target.corpus[:8]}, name


def test_one_seed_gives_the_same_damage():
    for name in ("people in prose", "rules", "check-in facts", "ledger envelope"):
        target = TARGETS[name]()
        one, other = ([fuzz.one_input(target, random.Random(at)) for at in range(20)] for _ in range(2))
        assert one == other
        assert len(set(one)) > 10


def test_every_mutant_differs_and_is_a_program():
    modules = [path for path in map((ROOT / "src" / "lossproof").joinpath, mutants.MODULES) if path.is_file()]
    assert len(modules) == len(mutants.MODULES)
    for path in modules[:3]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert mutants.places(tree)
        for number in range(len(mutants.places(tree))):
            text, _ = mutants.mutant(tree, number)
            assert ast.dump(ast.parse(text)) != ast.dump(tree)


def test_the_report_names_the_command_that_made_it():
    options = argparse.Namespace(seed=SEED, fuzz_minutes=0.5, mutants=4)
    page = campaign.page(
        options, [fuzz.Result("inspect", 1.0, 3, 2, 1, 0, [])], [mutants.Result("a.py", 1.0, 2, 1, ["x"])]
    )
    assert f"python tools/campaign.py --seed {SEED} --fuzz-minutes 0.5 --mutants 4" in page
    assert "1 fuzz targets, 3 damaged inputs, 0 failures. 2 mutants, 1 noticed." in page
    assert page.endswith("- `a.py` x\n")
