from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.world import INSPECTOR, OWNER, STRANGER, made_key
from lossproof.errors import FormatError, PolicyError
from lossproof.jobs import importing
from lossproof.jobs.devices import register_device
from lossproof.jobs.enrolling import enrol_key
from lossproof.jobs.importing import Status, carry_out, error_headings, error_rows, plan
from lossproof.model.fact import Role
from lossproof.model.facts.registration import DeviceKind
from lossproof.wire.table import Table

HEADINGS = ("Asset tag", "Serial", "Type", "Organisation", "Assigned to")


def table(*rows: tuple[str, ...]) -> Table:
    return Table(HEADINGS, [list(row) for row in rows], 2)


def statuses(world, *rows: tuple[str, ...], signer=INSPECTOR) -> list[str]:
    return [step.status.value for step in plan(world.ledger, table(*rows), signer=signer).steps]


def run(world, *rows: tuple[str, ...], signer=INSPECTOR, **more):
    planned = plan(world.ledger, table(*rows), signer=signer)
    return carry_out(world.ledger, signer, planned, **more)


def test_a_plan_changes_nothing(world):
    size, kept = world.reader.size, world.rows("ledger_erasable")
    assert statuses(world, ("T-1", "PF0001", "laptop"), ("T-2", "", "usb stick")) == ["new", "new"]
    assert (world.reader.size, world.rows("ledger_erasable")) == (size, kept)


def test_a_list_is_registered_and_known_the_second_time(world):
    rows = (("T-1", "PF0001", "laptop"), ("T-2", "", "usb stick"), ("", "AA04012700017", ""))
    done = run(world, *rows)
    assert done.plan.counts() == {Status.NEW: 3, Status.CHANGED: 0, Status.KNOWN: 0, Status.ERROR: 0}
    assert done.receipt is not None and done.receipt.status == "durable"
    device = world.projection.find_device("T-1")
    assert device == world.projection.find_device("PF0001")
    assert (device.kind, device.organisation, device.subject) == ("laptop", world.controller, done.plan.steps[0].device)
    assert world.projection.find_device("AA04012700017").kind == "other"
    size = world.reader.size
    assert statuses(world, *rows) == ["known"] * 3
    assert run(world, *rows).receipt is None
    assert world.reader.size == size


def test_what_is_new_of_a_known_device_is_added(world):
    run(world, ("T-1", "", ""))
    again = run(world, ("T-1", "PF0001", "laptop"))
    assert again.plan.steps[0].reason == "its serial number is new, its kind is another"
    device = world.projection.find_device("PF0001")
    assert (device.subject, device.kind, len(device.identifiers)) == (again.plan.steps[0].device, "laptop", 2)
    assert statuses(world, ("T-1", "PF0001", "laptop"), ("T-9", "", "")) == ["known", "new"]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (("T-1", "PF0002", ""), "different devices"),
        (("PF0001", "", ""), "the other way round"),
        (("T-9", "T-2", ""), "the other way round"),
        (("T-1", "PF0009", ""), "another serial number"),
        (("T-9", "PF0001", ""), "another asset tag"),
        (("", "", "laptop"), "neither an asset tag"),
        (("T-9", "", "spaceship"), "not a word that is known"),
        (("T-9", "", "laptop", "Nobody Ltd"), "no such organisation"),
    ],
)
def test_what_contradicts_the_ledger_is_an_error_of_its_row_alone(world, row, why):
    run(world, ("T-1", "PF0001", "laptop"), ("T-2", "PF0002", "laptop"))
    done = run(world, row, ("T-3", "PF0003", "laptop"))
    assert [step.status for step in done.plan.steps] == [Status.ERROR, Status.NEW]
    assert why in done.plan.steps[0].reason
    assert not any(cell and cell in done.plan.steps[0].reason for cell in row[:2])


def test_an_identifier_that_two_rows_share_is_an_error_of_both(world):
    rows = (
        ("T-1", "PF0001", ""),
        ("T-1", "PF0002", ""),
        ("T-3", "PF0003", ""),
        ("PF0003", "", ""),
        ("T-5", "PF0005", ""),
    )
    assert statuses(world, *rows) == ["error", "error", "error", "error", "new"]
    assert statuses(world, ("T-1", "PF0001", ""), ("T-1", "PF0001", "")) == ["error", "error"]


def test_a_device_of_which_a_text_is_both_names_is_one_device(world):
    run(world, ("X-1", "X-1", "laptop"))
    assert statuses(world, ("X-1", "X-1", "laptop")) == ["known"]


def test_organisations_are_found_by_name_and_by_id(world):
    home = enrol_key(world.ledger, OWNER, made_key("bins").public, Role.INSPECTOR, new_organisation="Bins & Sons")
    theirs = home.registered["organisation"]
    done = run(world, ("T-1", "", "", "Bins & Sons"), ("T-2", "", "", theirs), signer=OWNER)
    assert {step.organisation for step in done.plan.steps} == {theirs}
    assert world.projection.find_device("T-1").organisation == theirs


def test_a_contractors_key_registers_its_own_devices_alone(world):
    bins = made_key("bins")
    theirs = enrol_key(world.ledger, OWNER, bins.public, Role.INSPECTOR, new_organisation="Bins & Sons").registered
    run(world, ("T-1", "", "laptop"), signer=OWNER)
    rows = (
        ("T-2", "", ""),
        ("T-3", "", "", world.controller),
        ("T-1", "", "tablet"),
        ("T-1x", "", "", theirs["organisation"]),
    )
    assert statuses(world, *rows, signer=bins) == ["new", "error", "error", "new"]
    done = run(world, *rows, signer=bins)
    assert done.plan.counts()[Status.ERROR] == 2
    assert world.projection.find_device("T-2").organisation == theirs["organisation"]


def test_a_key_that_may_register_nothing_is_refused_at_once(world):
    with pytest.raises(PolicyError, match="not enrolled"):
        run(world, ("T-1", "", ""), signer=STRANGER)
    with pytest.raises(FormatError, match="no heading"):
        plan(world.ledger, Table(("Colour",), [["red"]], 2))


def test_a_run_that_is_cut_off_is_finished_by_the_next(world, monkeypatch):
    monkeypatch.setattr(importing, "ROWS_AT_ONCE", 2)
    rows = [(f"T-{at}", "", "laptop") for at in range(5)]

    class CutOff(Exception):
        pass

    def each(writer, device, row):
        if row.number == 5:
            raise CutOff

    with pytest.raises(CutOff):
        run(world, *rows, each=each)
    assert statuses(world, *rows) == ["known", "known", "new", "new", "new"]
    assert run(world, *rows).plan.counts()[Status.NEW] == 3
    assert statuses(world, *rows) == ["known"] * 5


def test_each_row_is_told_in_its_transaction_and_what_must_keep_step_comes_last(world):
    told, sizes = [], []
    rows = (("T-1", "", "laptop", "", "a.nobody@example.org"), ("T-2", "", "spaceship"))
    done = run(
        world,
        *rows,
        each=lambda writer, device, row: told.append((device, row.holder)),
        after=lambda writer: sizes.append(writer.size),
    )
    assert told == [(done.plan.steps[0].device, "a.nobody@example.org")]
    assert sizes == [world.reader.size]
    run(world, *rows, each=lambda writer, device, row: told.append((device, row.holder)))
    assert len(told) == 2


def test_somebody_else_may_have_been_faster(world):
    planned = plan(world.ledger, table(("T-1", "", "laptop"), ("T-2", "PF0002", "")), signer=INSPECTOR)
    register_device(world.ledger, OWNER, DeviceKind.LAPTOP, asset_tag="T-1")
    register_device(world.ledger, OWNER, DeviceKind.STICK, asset_tag="PF0002")
    done = carry_out(world.ledger, INSPECTOR, planned)
    assert [step.status for step in done.plan.steps] == [Status.KNOWN, Status.ERROR]


def test_the_error_file_holds_the_rows_as_they_stood(world):
    rows = table(("T-1", "", "spaceship"), ("T-2", "", "laptop", "", "=cmd"))
    planned = plan(world.ledger, rows)
    assert error_headings(rows) == [*HEADINGS, "What is wrong"]
    (line,) = error_rows(planned, rows)
    assert line[:5] == ["T-1", "", "spaceship", "", ""] and "kind of device" in line[5]


def test_what_a_device_goes_by_stays_out_of_the_facts(world):
    run(world, ("T-1", "PF0001", "laptop", "", "a.nobody@example.org"))
    facts = "".join(world.rows("ledger_envelope") + world.rows("ledger_device_identifier"))
    assert "T-1" not in facts and "nobody" not in "".join(world.rows("ledger_erasable")) + facts


def test_a_device_that_has_ended_is_known_no_more(world):
    done = run(world, ("T-1", "PF0001", "laptop"))
    world.append(world.ended(done.plan.steps[0].device))
    assert statuses(world, ("T-1", "PF0001", "laptop")) == ["new"]


names = st.sampled_from(["", "T-1", "T-2", "PF0001", "PF0002"])


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(names, names, st.sampled_from(["", "laptop", "stick", "spaceship"])), max_size=5),
    st.integers(0, 4),
)
def test_no_list_gives_two_devices_one_name_and_a_second_run_changes_nothing(tmp_path_factory, rows, cut):
    from ledger.world import World
    from lossproof.ledger.database import open_database

    folder = tmp_path_factory.mktemp("list")
    open_database(str(folder / "store"), create=True).close()
    world = World(lambda: open_database(str(folder / "store")), folder)
    run(world, *rows[:cut])
    run(world, *rows)
    size = world.reader.size
    assert all(step.status in {Status.KNOWN, Status.ERROR} for step in run(world, *rows).plan.steps)
    assert world.reader.size == size
    for name in ("T-1", "T-2", "PF0001", "PF0002"):
        assert len(world.projection._having(name)) <= 1
    world.database.close()
