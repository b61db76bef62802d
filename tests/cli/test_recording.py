"""`--record` on check, inspect and discover: what is taken for which device, what is kept, and what is never lost."""

from __future__ import annotations

import importlib
import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import pyrage
import pytest

from cheap_age import write_cheap_key
from cli.desk import assert_refused, mark_of
from cli.test_check import leaks, squeezed
from jobs.people_files import with_people
from lossproof.cli import discover as discover_command
from lossproof.cli import inspect as inspect_command
from lossproof.cli import recording
from lossproof.errors import StoreError
from lossproof.jobs import inspection as inspecting
from vector_files import cases


@pytest.fixture
def media(tmp_path: Path) -> dict[str, Path]:
    """Images by name: two locked volumes with UUIDs, a plain one, two blank ones."""
    locked = [
        next(case.image for case in cases(scheme) if case.expect.get("protection") == "protected")
        for scheme in ("luks2", "luks1")
    ]
    plain = next(case.image for case in cases("ext"))
    made = {"locked": locked[0], "other": locked[1], "plain": plain, "blank": bytes(1 << 20), "blank2": bytes(1 << 20)}
    paths = {}
    for name, content in made.items():
        paths[name] = tmp_path / f"{name}.img"
        paths[name].write_bytes(content)
    return paths


def with_serial(monkeypatch: pytest.MonkeyPatch, serials: dict[str, str]) -> None:
    """As if images were devices with these serial numbers, by file name."""
    # All are imported before any is changed, or one would keep the changed function.
    places = (inspecting, importlib.import_module("lossproof.jobs.check"), inspect_command, discover_command)
    real = inspecting.inspect_target

    def seen(target: object, *words: object):
        return replace(real(target, *words), serial=serials.get(Path(str(target)).name))

    for place in places:
        monkeypatch.setattr(place, "inspect_target", seen)


def test_an_unknown_medium_is_registered_and_known_again(desk, media):
    first = desk.recorded("inspect", media["locked"])
    assert (first["registered"], first["known_by"], first["facts"]) == (True, None, ["registration", "inspection"])
    second = desk.recorded("check", media["locked"])
    assert (second["device"], second["registered"]) == (first["device"], False)
    assert (second["known_by"], second["facts"]) == ("header_sha256", ["inspection", "holding"])
    assert {receipt["status"] for receipt in first["receipts"] + second["receipts"]} == {"durable"}
    assert desk.recorded("inspect", media["other"])["device"] != first["device"]
    assert len(desk.shown()["devices"]) == 2


def test_the_report_comes_first_and_the_receipt_below_it(desk, media):
    said = desk.record("inspect", media["locked"])
    assert said.status == 0
    report, _, receipt = said.out.partition("\n\nDevice ")
    assert report.startswith("PROTECTED")
    assert "registered just now" in receipt
    assert "recorded as leaves 5 (registration) and 6 (inspection), known at " in receipt
    assert receipt.count("covered by the signed checkpoint of 7 leaves") == 1


def test_a_blank_stick_is_never_taken_for_another_one(desk, media):
    first, second = (desk.recorded("check", media[name]) for name in ("blank", "blank2"))
    assert first["device"] != second["device"]
    assert first["notes"] == second["notes"] == ["untold"]
    said = desk.record("check", media["blank"], "--device", first["device"])
    assert said.status == 0 and first["device"] in said.out and "registered just now" not in said.out
    assert "give this id with --device" in desk.record("inspect", media["blank"]).out


def test_a_stick_that_was_formatted_anew_is_known_by_its_serial_number(desk, media, monkeypatch):
    with_serial(monkeypatch, {"locked.img": "AA04012700017", "plain.img": "AA04012700017"})
    first = desk.recorded("inspect", media["locked"])
    second = desk.recorded("inspect", media["plain"])
    assert second["device"] == first["device"]
    assert (second["known_by"], second["notes"], second["facts"]) == (
        "serial",
        ["reformatted"],
        ["registration", "inspection"],
    )
    assert "reformatted" in desk.record("inspect", media["locked"]).out
    schemes = [one["scheme"] for one in desk.shown(first["device"])["identifiers"]]
    assert schemes.count("serial") == 1


def test_a_copy_of_a_volume_on_another_stick_is_another_device(desk, media, monkeypatch, tmp_path):
    copy = tmp_path / "copy.img"
    copy.write_bytes(media["locked"].read_bytes())
    with_serial(monkeypatch, {"locked.img": "AA04012700017", "copy.img": "BB0401270002X"})
    first = desk.recorded("inspect", media["locked"])
    second = desk.recorded("inspect", copy)
    assert second["registered"] and second["device"] != first["device"]
    assert (second["notes"], second["also"]) == (["shared"], [first["device"]])
    header = next(
        one["digest"] for one in desk.shown(first["device"])["identifiers"] if one["scheme"] == "header_sha256"
    )
    assert_refused(desk.ledger("show", header), 16, "2 devices have this identifier", "by its id")
    # The volume alone, as an image, could be either.
    image = tmp_path / "image.img"
    image.write_bytes(media["locked"].read_bytes())
    refused = desk.record("check", image)
    assert_refused(refused, 16, "could be any of 2 devices", first["device"], "--device")
    assert refused.out == ""
    assert desk.recorded("check", image, "--device", second["device"])["known_by"] == "named"
    # Whoever names a device whose serial number is not the medium's has taken the wrong one.
    wrong = desk.record("inspect", media["locked"], "--device", second["device"])
    assert_refused(wrong, 16, f"serial number of another device: {first['device']}")


@pytest.mark.parametrize(
    "serial", ["0000000000000", "0123456789ABCDEF", "123456", "A1", "\x1b[31mAA04012700017", "\udcff" * 9]
)
def test_a_serial_number_that_tells_nothing_is_no_identifier(desk, media, monkeypatch, serial):
    with_serial(monkeypatch, {"blank.img": serial, "blank2.img": serial})
    first, second = (desk.recorded("inspect", media[name]) for name in ("blank", "blank2"))
    assert first["device"] != second["device"]


def test_a_new_serial_number_of_a_named_device_is_said(desk, media, monkeypatch):
    device = desk.done("device", "stick", "--serial", "AA04012700017")["device"]
    with_serial(monkeypatch, {"plain.img": "CC0401270003Y", "locked.img": "AA04012700017"})
    assert desk.recorded("inspect", media["plain"], "--device", device)["notes"] == ["serial_new"]
    assert desk.recorded("inspect", media["locked"])["device"] == device


def test_a_folder_needs_its_device_and_says_so_before_it_asks_for_a_passphrase(desk, tmp_path):
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "a.txt").write_text("nobody")
    said = desk.say("check", folder, "--record", desk.store)
    assert_refused(said, 16, "a folder does not say", "--device", "ledger device")
    desk.done("device", "laptop", "--asset-tag", "IT-0042")
    assert_refused(desk.say("check", folder, "--record", desk.store, "--device", "IT-0043"), 16, "no such device")
    done = desk.recorded("check", folder, "--device", "IT-0042")
    assert done["known_by"] == "named" and done["facts"][-1] == "holding"


@pytest.mark.parametrize("command", ["check", "inspect", "discover"])
def test_what_is_not_there_is_said_before_anybody_is_asked_for_a_passphrase(desk, command):
    assert_refused(desk.say(command, desk.folder / "none.img", "--record", desk.store), 16, "no such file")
    assert_refused(desk.say(command, desk.folder / "none.img", "--record", desk.folder / "no"), 16, "ledger init")


@pytest.mark.parametrize("option", ["--device", "--manifest-to", "--key", "--keys", "--key-passphrase-file"])
def test_an_option_of_recording_alone_is_refused_without_it(desk, media, option):
    assert_refused(desk.say("check", media["blank"], option, "x"), 16, f"{option} is of use only with --record")


def test_one_device_for_several_targets_is_refused(desk, media):
    said = desk.record("inspect", media["locked"], media["other"], "--device", "x")
    assert_refused(said, 16, "several targets")


def test_several_targets_are_recorded_one_by_one_and_a_bad_one_stops_none(desk, media):
    said = desk.record("inspect", media["locked"], desk.folder / "none.img", media["other"], "--json")
    shapes = [json.loads(line) for line in said.out.splitlines()]
    assert said.status == 16
    assert [("recorded" in shape) for shape in shapes] == [True, False, True]
    assert shapes[1]["error"]["code"] == "input"
    assert len(desk.shown()["devices"]) == 2


def test_the_answer_is_given_even_where_it_cannot_be_recorded(desk, media, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise StoreError("the disk is full", hint="make room")

    monkeypatch.setattr("lossproof.jobs.recording.record", full)
    for command in ("check", "inspect", "discover"):
        said = desk.record(command, media["locked"], "--json")
        assert said.status == 15
        assert said.err == "error: the disk is full\nhint: make room\n"
        assert "recorded" not in json.loads(said.out)
    assert recording.tried(None) == (None, None)


def test_without_the_key_of_the_log_the_receipt_is_pending_until_a_checkpoint(desk, media):
    away = desk.folder / "safe"
    away.mkdir()
    for name in ("log.key", "log.key.pub"):
        (desk.keys / name).rename(away / name)
    said = desk.record("inspect", media["locked"])
    assert said.status == 0
    assert "pending: no checkpoint covers it" in said.out
    assert "2 of them not yet under a checkpoint" in desk.ledger("show").out
    for name in ("log.key", "log.key.pub"):
        (away / name).rename(desk.keys / name)
    desk.done("checkpoint")
    assert desk.shown()["covered"] == desk.shown()["size"]


def test_a_log_key_under_another_passphrase_stays_closed_and_is_said(desk, media):
    (desk.folder / "other words").write_text("other words\n")
    alex = desk.folder / "alex.key"
    write_cheap_key(alex, "other words")
    desk.done("enrol", f"{alex}.pub", "--role", "inspector")
    said = desk.say(
        *("inspect", media["locked"], "--record", desk.store, "--key", alex),
        *("--key-passphrase-file", desk.folder / "other words"),
    )
    assert said.status == 0
    assert "the key of the log stays closed" in said.err
    assert "pending" in said.out


def test_a_wrong_passphrase_is_a_clear_line(desk, media):
    (desk.folder / "wrong").write_text("wrong words\n")
    said = desk.say("inspect", media["locked"], "--record", desk.store, "--key-passphrase-file", desk.folder / "wrong")
    assert_refused(said, 13, "the passphrase does not open", "inspector.key")
    assert "wrong words" not in said.err + said.out
    assert desk.shown()["size"] == 5


def test_people_are_sealed_to_an_enrolled_recipient_and_to_nobody_else(desk, tmp_path):
    folder = with_people(tmp_path / "documents")
    desk.done("device", "laptop", "--asset-tag", "IT-0042")
    where = (folder, "--device", "IT-0042")
    ours, theirs = (pyrage.x25519.Identity.generate() for _ in range(2))
    assert "counts alone are kept" in desk.record("check", *where).out
    refused = desk.record("check", *where, "--manifest-to", theirs.to_public())
    assert_refused(refused, 14, "has not enrolled this manifest recipient", "ledger enrol")
    assert_refused(desk.record("check", *where, "--manifest-to", "age1nonsense"), 10)
    desk.done("enrol", str(ours.to_public()))
    assert_refused(desk.write("enrol", str(ours.to_public())), 16, "enrolled already")
    assert desk.recorded("check", *where)["sealed_to"] == str(ours.to_public())
    assert desk.recorded("check", *where, "--counts-alone")["sealed_to"] is None
    both = ("--counts-alone", "--manifest-to", str(ours.to_public()))
    assert_refused(desk.record("check", *where, *both), 16, "--counts-alone")
    desk.done("end", str(ours.to_public()))
    assert desk.recorded("check", *where)["sealed_to"] is None


def words_of(stick) -> set[str]:
    """Names of people and of files on the sample stick that are no words of any program."""
    found = set()
    for mention in stick.truth["mention_list"]:
        for kind in ("surname", "forename", "name"):
            found |= {word.lower() for word in str(mention.get(kind) or "").split() if len(word) > 4}
    return found


def test_nothing_personal_stands_in_the_store_but_in_the_rows_that_can_be_erased(desk, stick, monkeypatch):
    identity = pyrage.x25519.Identity.generate()
    with_serial(monkeypatch, {stick.image.name: "AA04012700017"})
    tag = desk.done("device", "stick", "--asset-tag", "WENDLING-0042")["device"]
    desk.recorded("check", stick.image, "--device", tag)
    desk.done("enrol", str(identity.to_public()))
    assert desk.recorded("check", stick.image)["sealed_to"]
    bins = desk.enrolled("bins", "--role", "agent", "--new-organisation", "Bins Sons")
    assert mark_of(bins)

    kept = {"wendling0042", "aa04012700017", "binssons"}
    with sqlite3.connect(desk.store) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        assert len(tables) > 10
        for table in tables:
            rows = connection.execute(f"SELECT * FROM {table}").fetchall()
            text = " ".join(
                value.decode("latin-1") if isinstance(value, bytes) else str(value) for row in rows for value in row
            )
            assert not leaks(text, stick.truth), table
            plain = squeezed(text)
            here = {value for value in kept if value in plain}
            assert here == (kept if table == "ledger_erasable" else set()), table
            assert stick.image.name not in text and str(stick.folder) not in text, table
    connection.close()

    whole = b"".join(path.read_bytes() for path in desk.folder.glob("trust.ledger*") if path.is_file())
    assert len(whole) > 10_000
    text = whole.decode("latin-1").lower()
    names = words_of(stick)
    assert len(names) > 50
    assert not [name for name in names if name in text]
    assert "made up words" not in text


def test_what_was_erased_is_gone_from_the_file_and_its_facts_say_so(desk, media, monkeypatch):
    with_serial(monkeypatch, {"locked.img": "AA04012700017"})
    device = desk.recorded("inspect", media["locked"])["device"]
    desk.done("device", "stick", "--change", device, "--asset-tag", "WENDLING-0042")
    assert b"AA04012700017" in desk.store.read_bytes()
    refused = desk.ledger("erase", device, "--rule", "retention_ended")
    assert_refused(refused, 16, "--names, --lists")
    gone = desk.ledger("erase", device, "--rule", "retention_ended", "--names", "--lists", "--json").shape
    assert gone == {"device": device, "names": 2, "lists": 0, "rule": "retention_ended"}
    content = desk.store.read_bytes()
    assert b"AA04012700017" not in content and b"WENDLING-0042" not in content
    values = {one["scheme"]: (one["value"], bool(one["erased_at"])) for one in desk.shown(device)["identifiers"]}
    assert values["serial"] == values["asset_tag"] == (None, True)
    assert desk.ledger("fsck").status == 0
    assert_refused(desk.ledger("erase", device, "--rule", "Ann Smith", "--names"), 16, "not a code")
    assert desk.ledger("erase", device, "--rule", "retention_ended", "--names", "--json").shape["names"] == 0
