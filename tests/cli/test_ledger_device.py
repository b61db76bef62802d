"""`lossproof ledger device` and `show` as they are typed."""

from __future__ import annotations

import pytest

from cli.desk import assert_refused
from lossproof.jobs import history


def test_a_device_is_registered_under_a_random_id_and_found_by_its_names(desk):
    done = desk.done("device", "laptop", "--serial", "PF-3K2M9X", "--asset-tag", "IT-0042")
    assert len(done["device"]) == 32
    for name in (done["device"], "PF-3K2M9X", "IT-0042"):
        assert desk.shown(name)["device"] == done["device"]
    listed = desk.ledger("show").out
    assert f"{done['device']}  laptop" in listed and "asset tag IT-0042" in listed and "serial PF-3K2M9X" in listed
    assert_refused(desk.ledger("show", "IT-0043"), 16, "no such device", "ledger show")


def test_two_devices_never_get_one_name(desk):
    first = desk.done("device", "stick", "--serial", "AA04012700017")["device"]
    for words in (("--serial", "AA04012700017"), ("--asset-tag", "AA04012700017")):
        assert_refused(desk.write("device", "stick", *words), 16, f"device {first} has this", "already")
    assert len(desk.shown()["devices"]) == 1
    desk.done("end", first)
    desk.done("device", "stick", "--serial", "AA04012700017")


def test_what_is_known_of_a_device_can_change(desk):
    device = desk.done("device", "other")["device"]
    desk.done("device", "stick", "--change", device, "--asset-tag", "S-17")
    shown = desk.shown("S-17")
    assert (shown["device"], shown["kind"]) == (device, "stick")
    desk.done("device", "--change", "S-17", "--serial", "AA04012700017")
    assert {one["value"] for one in desk.shown(device)["identifiers"]} == {"S-17", "AA04012700017"}
    assert desk.shown(device)["kind"] == "stick"
    assert_refused(
        desk.write("device", "--change", "S-17", "--asset-tag", "S-17"), 16, "this device has this asset tag"
    )
    assert_refused(desk.write("device", "--change", "S-18", "--asset-tag", "S-19"), 16, "no such device")
    assert_refused(desk.ledger("device", "--change", "S-17"), 16, "say what has changed")
    assert_refused(desk.ledger("device"), 16, "what kind", "ledger device stick")


def test_a_device_is_of_the_organisation_whose_key_signs_or_of_the_one_that_is_named(desk):
    bins = desk.enrolled("bins", "--role", "agent", "--new-organisation", "Bins & Sons")
    organisations = {one["name"]: one["id"] for one in desk.shown()["organisations"]}
    desk.done("device", "stick", "--asset-tag", "ours")
    desk.done("device", "stick", "--asset-tag", "theirs", "--key", bins)
    desk.done("device", "stick", "--asset-tag", "named", "--organisation", "Bins & Sons")
    homes = {one["identifiers"][0]["value"]: one["organisation"] for one in desk.shown()["devices"]}
    assert homes == {
        "ours": organisations[None],
        "theirs": organisations["Bins & Sons"],
        "named": organisations["Bins & Sons"],
    }
    assert_refused(desk.write("device", "stick", "--organisation", "Nobody"), 16, "no such organisation")


@pytest.mark.parametrize("name", ["", "  ", "\x1b[2J", "\udcff", "x" * 501, "a\nb"])
def test_names_that_cannot_be_kept_or_shown_are_wrong_usage(desk, name):
    for option in ("--serial", "--asset-tag", "--organisation"):
        assert desk.ledger("device", "stick", option, name).status == 2
    assert desk.ledger("show", name).status == 2


def test_the_timeline_says_what_whose_word_and_when(desk):
    desk.done("device", "stick", "--asset-tag", "S-17")
    desk.done("retract", 5, "--reason", "recorded_in_error", "--key", desk.keys / "owner.key")
    desk.done("device", "stick", "--asset-tag", "S-18")
    said = desk.ledger("show", "S-18").out
    assert said.startswith("device ") and "asset tag S-18" in said.splitlines()[0]
    assert "leaf 7, known at 20" in said and "by the owner key " in said and "of the controller" in said


def test_what_became_known_later_can_be_left_out(desk):
    device = desk.done("device", "stick", "--asset-tag", "S-17")["device"]
    (fact,) = desk.shown(device)["facts"]
    later = desk.done("retract", fact["leaf"], "--reason", "recorded_in_error")["receipts"][0]["known_at"]
    assert [one["retracted_by"] for one in desk.shown(device)["facts"]] == [6, None]
    assert "WITHDRAWN by leaf 6" in desk.ledger("show", device).out
    before = desk.shown(device, "--as-known-at", "2020-01-01")
    assert before["facts"] == [] and before["as_known_at"].startswith(("2019-12-31", "2020-01-01"))
    assert "nothing was known of it then" in desk.ledger("show", device, "--as-known-at", "2020-01-01").out
    assert len(desk.shown(device, "--as-known-at", later)["facts"]) == 2
    assert len(desk.shown(device, "--as-known-at", "2999-01-01T00:00:00+01:00")["facts"]) == 2


@pytest.mark.parametrize(
    "time", ["yesterday", "", "0001-01-01", "9999-12-31T23:59:59-12:00", "2026-13-01", "1999-01-01", "١"]
)
def test_a_time_that_is_none_is_refused_first(desk, time):
    assert_refused(desk.ledger("show", "S-17", "--as-known-at", time), 16, "such as 2026-11-23")


def test_a_time_alone_is_refused(desk):
    assert_refused(desk.ledger("show", "--as-known-at", "2026-11-23"), 16, "one device")


def test_a_date_is_its_first_moment_and_a_second_is_all_of_it():
    assert history.moment_of("2026-11-23T09:14:00Z") == "2026-11-23T09:14:00.999Z"
    assert history.moment_of("2026-11-23T09:14:00+01:00") == "2026-11-23T08:14:00.999Z"
    assert history.moment_of("2026-11-23").endswith(".000Z")


def test_the_overview_in_json_has_every_field(desk):
    desk.done("device", "stick", "--asset-tag", "S-17")
    shown = desk.shown()
    assert set(shown) == {
        *("origin", "log_key", "size", "covered", "read_only", "organisations", "keys", "recipients", "devices"),
    }
    assert shown["read_only"] is None and shown["size"] == shown["covered"] == 6
    assert set(shown["devices"][0]) == {"id", "kind", "organisation", "identifiers", "ended"}
    assert set(shown["devices"][0]["identifiers"][0]) == {"scheme", "digest", "value", "erased_at"}
