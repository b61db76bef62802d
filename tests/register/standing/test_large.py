"""Pages of an estate of thousands of devices: as small as those of a few, and quick."""

from __future__ import annotations

import pytest

from lossproof.jobs.importing import carry_out, plan
from lossproof.model.fact import Role
from lossproof.wire.table import Table
from register.estates import Shelf, text_of

DEVICES = 5000
PAGES = (
    "/now",
    "/now?at=2026-11-02T09:30&known=",
    "/now/not-protected",
    "/now/overdue",
    "/reconcile",
    "/reconcile/unseen",
    "/reconcile/unclaimed",
    "/reconcile/duplicates",
)


@pytest.fixture
def large(site):
    """Devices with long names, none of which was ever checked."""
    from lossproof.register.projection import apply

    shelf = Shelf(site, "importer", role=Role.IMPORTER)
    rows = [
        [f"asset tag as long as they are in one trust {at:06}", "usb stick", f"SN{at * 7919:012}"]
        for at in range(DEVICES)
    ]
    table = Table(("Asset tag", "Type", "Serial number"), rows, 2)
    carry_out(site.ledger, shelf.agent, plan(site.ledger, table), after=apply)
    return site


def test_pages_are_under_100_kb_with_thousands_of_devices(large):
    lead = large.client_of("governance_lead")
    for address in PAGES:
        answer = lead.get(address)
        assert answer.status_code == 200, address
        assert len(answer.content) < 100_000, address
    assert f">{DEVICES:,}</span> devices are not shown to be protected" in text_of(lead.get("/now"))
    assert "Next page" in text_of(lead.get("/reconcile/unseen"))
