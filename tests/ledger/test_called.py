from __future__ import annotations

from ledger.world import INSPECTOR
from lossproof.jobs.importing import carry_out, plan
from lossproof.ledger.called import called
from lossproof.model.facts.registration import IdentifierScheme
from lossproof.wire.table import Table


def test_devices_are_found_by_many_texts_at_once(world):
    rows = [[f"T-{at}", f"PF{at:05}", "laptop"] for at in range(700)] + [["PF-x", "T-x", "usb stick"]]
    planned = plan(world.ledger, Table(("Tag", "Serial", "Type"), rows, 2))
    done = carry_out(world.ledger, INSPECTOR, planned).plan.steps
    found = called(world.ledger, {cell for row in rows for cell in row[:2]} | {"nobody", "a\0b", "x" * 501})
    assert len(found) == 1402
    assert found["T-699"] == ((IdentifierScheme.ASSET_TAG, done[699].device, "laptop", world.controller),)
    assert found["T-x"][0].scheme is IdentifierScheme.SERIAL
    assert called(world.ledger, set()) == {}


def test_what_was_erased_or_has_ended_names_nothing(world):
    planned = plan(world.ledger, Table(("Tag",), [["T-1"], ["T-2"]], 2))
    one, two = carry_out(world.ledger, INSPECTOR, planned).plan.steps
    world.append(world.ended(one.device))
    ((_, digest),) = world.projection.device(two.device).identifiers
    world.database.execute("UPDATE ledger_erasable SET value = NULL, salt = NULL WHERE digest = ?", (digest,))
    assert called(world.ledger, {"T-1", "T-2"}) == {}
