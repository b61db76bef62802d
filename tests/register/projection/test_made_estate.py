"""The estate that `make bench` measures: small here, through the same log, and asked the same questions."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lossproof.ledger.replay import replay
from lossproof.model.standing import Standing
from lossproof.register.projection import catch_up, refresh_due
from lossproof.register.projection.comparing import rebuild_and_compare
from lossproof.register.queries.estate import estate_as_of, preview
from lossproof.register.queries.noncompliant import noncompliant_count, tally

BENCH = Path(__file__).parents[3] / "bench"
DEVICES, FACTS = 100, 1_000


@pytest.fixture(scope="module")
def bench() -> Iterator[Any]:
    sys.path.insert(0, str(BENCH))
    try:
        import estate_facts

        yield estate_facts
    finally:
        sys.path.remove(str(BENCH))


def loaded(bench: Any, folder: Path) -> Any:
    estate = bench.Estate(DEVICES, FACTS, 7, str(folder / "store"), folder / "keys")
    bench.load(estate, bench.make(estate), beside=False)
    return estate


def test_an_estate_is_what_its_seed_says_and_holds_every_sort_of_device(bench, tmp_path):
    clock = bench.MadeTime()
    clock.at = bench.NOW
    now = int(bench.NOW.timestamp())
    with loaded(bench, tmp_path).open(clock) as ledger:
        catch_up(ledger)
        refresh_due(ledger, now)
        seen = frozenset(one.subject for one in ledger.projection.organisations())
        counted = {(one.standing, one.compliant): one.devices for one in tally(ledger.database, seen)}
        assert counted == {
            (Standing.UNPROTECTED, False): 8,
            (Standing.CONTRADICTED, False): 3,
            (Standing.UNPROVEN, False): 18,
            (Standing.WEAK, False): 8,
            (Standing.PROTECTED, False): 3,
            (Standing.PROTECTED, True): 60,
        }
        assert noncompliant_count(ledger.database, seen, now) == 40
        then = estate_as_of(ledger, seen, now - 30 * 86_400)
        assert sum(then.counted.values()) == DEVICES
        stricter = b'[[rule]]\nid = "a"\ntitle = "t"\nrequire = { not_missing = true }\non_fail = { say = "s" }\n'
        assert preview(ledger, seen, stricter, now).newly_kept == 37
        assert replay(ledger.reader, outside=ledger.publisher.outside).facts >= FACTS
        assert rebuild_and_compare(ledger, now).changed == ()


def test_the_same_seed_states_the_same_facts(bench, tmp_path):
    estate = bench.Estate(DEVICES, FACTS, 7, str(tmp_path / "store"), tmp_path / "keys")
    home = bench.identity(7, "home")
    assert bench.signed(estate, home, 0, 300) == bench.signed(estate, home, 0, 300)
    other = bench.Estate(DEVICES, FACTS, 8, str(tmp_path / "store"), tmp_path / "keys")
    assert bench.signed(other, home, 0, 3) != bench.signed(estate, home, 0, 3)
