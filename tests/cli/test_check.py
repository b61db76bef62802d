"""`lossproof check` as it is typed: its statuses, its JSON, its page, and what it never says."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli.command import HERE, lossproof
from discover.formats import made
from jobs.people_files import COUNT, GOOD, HARMLESS, somebody, table, with_people
from lossproof.sample.people import populate

PERSONAL = (
    "nhs_number", "nino", "pnc_id", "cro_number", "prison_number", "chi_number", "hc_number", "utr", "passport", "driving_licence",
    "bank_account", "iban", "payment_card", "email", "phone", "postcode", "date_of_birth",
)  # fmt: skip


def squeezed(text: str) -> str:
    """Lower-case letters and digits alone, so that no way of writing a number hides it."""
    return "".join(letter for letter in text.lower() if letter.isalnum())


def values_of(truth: dict) -> dict[str, set[str]]:
    """Every identifier of every person on the stick, by kind, squeezed."""
    found: dict[str, set[str]] = {}
    for mention in truth["mention_list"]:
        for kind in PERSONAL:
            if kind in mention:
                found.setdefault(kind, set()).add(squeezed(mention[kind]))
    assert len(found) >= 8
    return found


def leaks(text: str, truth: dict) -> list[tuple[str, str]]:
    """Identifiers of people that stand in the text, however written. Short ones must stand as words of their own."""
    plain, whole = squeezed(text), set(re.findall(r"[a-z0-9]+", text.lower()))
    return [
        (kind, value)
        for kind, values in values_of(truth).items()
        for value in values
        if (value in plain if len(value) >= 9 and kind != "bank_account" else value in whole)
    ]


@pytest.mark.parametrize("target", ["folder", "image"])
def test_nothing_that_identifies_anybody_is_ever_said_unless_asked_for(stick, tmp_path, target):
    where = getattr(stick, target)
    page = tmp_path / "report.html"
    plain = lossproof("check", where, "--html", page)
    assert (plain.status, plain.err) == (1, "")
    shape = lossproof("check", where, "--json")
    assert shape.status == 1
    for text in (plain.out, page.read_text(), shape.out, lossproof("discover", where).out):
        assert len(text) > 300
        assert not leaks(text, stick.truth)


def test_what_identifies_people_is_shown_when_asked_for(stick):
    shown = lossproof("check", stick.folder, "--show", "--json")
    samples = shown.shape["holding"]["samples"]
    expected = values_of(stick.truth)
    for kind in ("nhs_number", "nino", "pnc_id", "prison_number"):
        seen = {squeezed(value) for value in samples[kind]}
        assert len(seen & expected[kind]) >= 0.95 * len(expected[kind]), kind
    person = next(iter(expected["nhs_number"]))
    assert person in squeezed(lossproof("discover", stick.folder, "--show", "--json").out)


@pytest.mark.parametrize("target", ["folder", "image"])
def test_two_runs_say_the_same_to_the_byte(stick, target):
    first, second = (lossproof("check", getattr(stick, target), "--json").out for _ in range(2))
    assert first == second


def test_a_folder_and_its_image_give_the_same_people_near_the_truth(stick):
    of_folder, of_image = (
        lossproof("check", where, "--json").shape["holding"] for where in (stick.folder, stick.image)
    )
    for name in ("people", "people_by_category", "identifiers", "files", "named_only", "scanned"):
        assert of_folder[name] == of_image[name], name
    people, core = of_folder["people"], stick.truth["distinct_people_core"]
    assert abs(people["point"] - core) <= 0.05 * core


def keys(shape: dict) -> set[str]:
    return set(shape)


def test_the_json_of_an_image_has_every_promised_field(stick):
    shape = lossproof("check", stick.image, "--json").shape
    assert keys(shape) >= {"target", "exposed", "standing", "inspection", "holding", "reasons", "valid_until"}
    assert (shape["target"], shape["exposed"], shape["standing"]) == (str(stick.image), True, "unprotected")
    assert shape["reasons"][0] == {"code": "people_readable", "text": shape["reasons"][0]["text"]}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", shape["valid_until"])
    assert_inspection(shape["inspection"])
    assert_holding(shape["holding"])


def assert_inspection(shape: dict) -> None:
    assert keys(shape) >= {
        *("target", "protection", "readable_without_secret", "reasons", "layers", "coverage", "evidence", "tool"),
    }
    assert shape["protection"] in {"protected", "weak", "partial", "unprotected", "unknown"}
    assert shape["readable_without_secret"] in {"no", "yes", "partly", "unknown"}
    assert isinstance(shape["coverage"]["bytes_read"], int)
    assert re.fullmatch("[0-9a-f]{64}", shape["evidence"]["header_sha256"])
    layers = list(shape["layers"])
    assert layers
    for layer in layers:
        assert keys(layer) >= {
            *("scheme", "offset_bytes", "size_bytes", "uuid", "cipher", "key_bits", "kdf", "protectors", "state"),
            *("protection", "reasons", "layers"),
        }
        layers += layer["layers"]


def assert_holding(shape: dict) -> None:
    assert keys(shape) >= {
        *("target", "people", "people_by_category", "identifiers", "files", "named_only", "not_examined", "scanned"),
    }
    assert keys(shape["people"]) >= {"low", "point", "high"}
    assert keys(shape["people_by_category"]) == {"health", "criminal_offence"}
    assert shape["identifiers"]["nhs_number"].keys() >= {"distinct", "mentions"}
    assert all(one.keys() >= {"path", "people", "identifiers", "categories"} for one in shape["files"])
    assert all(one.keys() >= {"path", "reason"} for one in shape["not_examined"])
    assert shape["scanned"].keys() >= {"files", "bytes"}
    assert "samples" not in shape


def test_a_folder_was_not_inspected_and_says_so(stick):
    shape = lossproof("check", stick.folder, "--json").shape
    assert (shape["inspection"], shape["standing"], shape["exposed"]) == (None, "unproven", True)


def test_a_folder_of_harmless_text_is_a_clear_no(tmp_path):
    (tmp_path / "letter.txt").write_bytes(HARMLESS)
    said = lossproof("check", tmp_path)
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith("NO")


def test_a_folder_with_a_photograph_is_an_open_question(tmp_path):
    (tmp_path / "letter.txt").write_bytes(HARMLESS)
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(500))
    said = lossproof("check", tmp_path, "--json")
    assert (said.status, said.shape["exposed"]) == (1, None)
    assert [(one["path"], one["reason"]) for one in said.shape["holding"]["not_examined"]] == [
        ("photo.jpg", "image_not_read")
    ]


def test_a_blank_image_is_a_clear_no(tmp_path):
    (tmp_path / "wiped.img").write_bytes(bytes(3 << 20))
    said = lossproof("check", tmp_path / "wiped.img")
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith("NO")


def assert_error(said, status: int, *words: str) -> None:
    """`error:` and a line, perhaps `hint:` and a line, and nothing on standard output."""
    assert said.status == status, said
    assert said.out == ""
    lines = said.err.splitlines()
    assert lines[0].startswith("error: ")
    assert all(line.startswith("hint: ") for line in lines[1:])
    assert not any(line.endswith(".") for line in lines)
    for word in words:
        assert word in said.err


def test_an_empty_file_is_no_medium(tmp_path):
    (tmp_path / "empty.img").touch()
    assert_error(lossproof("check", tmp_path / "empty.img"), 10, "empty", "hint: ")


def test_what_is_not_there_or_is_no_medium_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "round").symlink_to("round")
    for name, words in (("nothing", "no such"), ("pipe", "not a disk image"), ("round", ""), ("x" * 300, "")):
        assert_error(lossproof("check", tmp_path / name, seconds=20), 16, words)
    assert_error(lossproof("check", "/dev/null"), 16, "not a disk image")


def test_a_target_whose_name_is_hostile_is_named_harmlessly(tmp_path):
    said = lossproof("check", tmp_path / "no\x1b[2Jthing\x07\n")
    assert_error(said, 16)
    assert "\x1b" not in said.err
    assert "\x07" not in said.err


def test_file_names_never_reach_the_terminal_as_they_are(tmp_path):
    names = ["pay\x1b[2J\x1b]0;gone\x07\r\nroll\u202e.csv", os.fsdecode(b"caf\xe9 \xff.csv"), "\x9b31m.csv"]
    for name, person in zip(names, somebody(), strict=False):
        (tmp_path / name).write_bytes(table((person,)))
    (tmp_path / "\x1b[31mphoto\n.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    page = tmp_path / "report.html"
    for said in (lossproof("check", tmp_path, "--html", page), lossproof("discover", tmp_path)):
        assert said.status == 1
        assert not [letter for letter in said.out if letter != "\n" and not letter.isprintable()]
    text = page.read_bytes().decode("utf-8")
    assert not [letter for letter in text if letter not in "\n\t" and not letter.isprintable()]
    shape = lossproof("check", tmp_path, "--json")
    assert shape.out.isascii()
    assert {one["path"] for one in shape.shape["holding"]["files"]} == set(names)


def test_wrong_usage_is_two():
    for words in (("check",), ("check", "a", "b"), ("check", "--no-such"), ("no-such",), (), ("--", "check", "x")):
        said = lossproof(*words)
        assert (said.status, said.out) == (2, "")
        assert "usage: lossproof" in said.err


def test_help_and_version_are_answers():
    for words in (("--help",), ("check", "--help"), ("--version",)):
        said = lossproof(*words)
        assert (said.status, said.err) == (0, "")
        assert "lossproof" in said.out


# The page.


def test_the_page_is_written_whole_and_in_place_of_an_older_one(stick, tmp_path):
    page = tmp_path / "report.html"
    page.write_text("older")
    said = lossproof("check", stick.folder, "--html", page)
    assert said.status == 1
    text = page.read_text("utf-8")
    assert text.lower().startswith("<!doctype html>")
    assert text.rstrip().endswith("</html>")
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_a_page_that_could_not_be_written_is_refused_before_anything_is_read(stick, tmp_path):
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    cases = {
        tmp_path / "no such folder" / "report.html": "no such folder",
        tmp_path / "folder": "a folder",
        tmp_path / "pipe": "not a file",
        Path("/dev/null"): "not a file",
        stick.image: "what is to be checked",
    }
    before = stick.image.stat().st_mtime_ns
    for page, words in cases.items():
        assert_error(lossproof("check", stick.image, "--html", page), 16, words)
    assert stick.image.stat().st_mtime_ns == before


# Without rights.


def as_nobody() -> None:
    """Give up being root, in a child."""
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)


@pytest.fixture
def closed(tmp_path_factory: pytest.TempPathFactory):
    """A folder with people in it, a file and a folder that may not be read, and how to run as one who may not."""
    root = with_people(tmp_path_factory.mktemp("closed") / "stick")
    (root / "secret.csv").write_bytes(table())
    (root / "locked").mkdir()
    (root / "locked" / "people.csv").write_bytes(table())
    for path in (root, *root.parents):
        if os.geteuid() == 0 and path.stat().st_uid == 0 and "pytest" in str(path):
            path.chmod(0o755)
    (root / "secret.csv").chmod(0)
    (root / "locked").chmod(0)
    options = {"preexec_fn": as_nobody} if os.geteuid() == 0 else {}
    if options:
        words = [sys.executable, "-c", "import lossproof"]
        try:
            may = subprocess.run(words, env=HERE, check=False, capture_output=True, **options).returncode == 0
        except PermissionError:
            may = False
        if not may:
            pytest.skip("nobody may not run this interpreter")
    yield root, options
    (root / "locked").chmod(0o755)


def test_what_may_not_be_read_is_said_and_nobody_else_is_lost(closed):
    root, options = closed
    said = lossproof("check", root, "--json", **options)
    assert (said.status, said.shape["exposed"]) == (1, True)
    assert said.shape["holding"]["people"]["point"] == COUNT
    assert {(one["path"], one["reason"]) for one in said.shape["holding"]["not_examined"]} == {
        ("secret.csv", "permission"),
        ("locked", "permission"),
    }


def test_a_target_that_may_not_be_read_is_an_error_or_an_open_question(closed):
    root, options = closed
    assert_error(lossproof("check", root / "secret.csv", **options), 16, "permission denied", "hint: ")
    assert_error(lossproof("check", root / "locked" / "people.csv", **options), 16, "permission denied")
    said = lossproof("check", root / "locked", "--json", **options)
    assert (said.status, said.shape["exposed"]) == (1, None)
    assert [one["reason"] for one in said.shape["holding"]["not_examined"]] == ["permission"]
    assert_error(lossproof("check", root, "--html", root / "report.html", **options), 16, "may not write")


# Streams.


def test_a_reader_that_goes_away_is_no_disaster(stick):
    for words in (("check", str(stick.folder)), ("check", str(stick.folder), "--json"), ("inspect", str(stick.image))):
        process = subprocess.Popen(
            [sys.executable, "-m", "lossproof", *words], env=HERE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        process.stdout.close()
        err = process.stderr.read()
        process.stderr.close()
        assert process.wait(60) == 1
        assert err == b""


def test_a_full_disk_under_the_output_is_an_error(tmp_path):
    (tmp_path / "letter.txt").write_bytes(HARMLESS)
    with Path("/dev/full").open("wb") as full:
        said = lossproof("check", tmp_path, stdout=full, stderr=subprocess.PIPE)
    assert said.status == 15
    assert said.err.startswith("error: standard output: ")


@pytest.mark.parametrize("streams", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_change_no_answer(tmp_path, streams):
    (tmp_path / "letter.txt").write_bytes(HARMLESS)
    command = f'exec "{sys.executable}" -m lossproof check "$0" {streams}'
    run = subprocess.run(["sh", "-c", command, str(tmp_path)], env=HERE, capture_output=True, timeout=60, check=False)
    assert run.returncode == 0
    assert b"Traceback" not in run.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


# Stopped.


def stopped(folder: Path, *words: str, seconds: float) -> tuple[int, bytes, bytes]:
    """Check a folder and press Ctrl-C after so long."""
    process = subprocess.Popen(
        [sys.executable, "-m", "lossproof", "check", str(folder), *words],
        env=HERE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that takes far longer to read than anybody waits here, and nobody in it."""
    root = tmp_path_factory.mktemp("large")
    text = HARMLESS * (4 * (1 << 20) // len(HARMLESS))
    (root / "text 0.txt").write_bytes(text)
    for number in range(1, 300):
        os.link(root / "text 0.txt", root / f"text {number}.txt")
    return root


def test_a_scan_that_is_stopped_gives_a_report_that_says_so(large, tmp_path):
    page = tmp_path / "report.html"
    status, out, err = stopped(large, "--json", "--html", str(page), seconds=2.5)
    assert (status, err) == (1, b"")
    shape = json.loads(out)
    assert (shape["exposed"], shape["holding"]["interrupted"]) == (None, True)
    assert "interrupted" in [reason["code"] for reason in shape["reasons"]]
    assert shape["holding"]["scanned"]["files"] < 300
    assert page.read_text().rstrip().endswith("</html>")
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    assert subprocess.run(["pgrep", "-f", str(large)], capture_output=True, check=False).stdout == b""


def test_a_scan_that_is_stopped_after_people_were_found_still_says_yes(large, tmp_path):
    root = tmp_path / "stick"
    root.mkdir()
    for path in large.iterdir():
        os.link(path, root / path.name)
    # The largest is read first.
    (root / "first.csv").write_bytes(table(populate(7, 12_000).patients) + b"\r\n" * (3 << 20))
    status, out, _ = stopped(root, "--json", seconds=3)
    shape = json.loads(out)
    assert (status, shape["exposed"], shape["holding"]["interrupted"]) == (1, True, True)
    assert shape["holding"]["people"]["point"] > COUNT


# Not before 0.1 seconds: until the interpreter itself has started, what it prints is its own.
@pytest.mark.parametrize("seconds", [0.1, 0.2, 0.4])
def test_stopping_it_at_any_moment_is_quiet(large, seconds):
    status, _, err = stopped(large, seconds=seconds)
    assert status in {1, 130, -signal.SIGINT}
    if status == 130:
        assert err == b"error: interrupted\n"
    elif status == 1:
        assert err == b""


def test_a_zip_inside_a_folder_names_what_it_could_not_read_by_its_place(tmp_path):
    packed = made.zipped({f"inner/{GOOD}": table(), "inner/photo.jpg": b"\xff\xd8\xff\xe0" + bytes(90)})
    (tmp_path / "all.zip").write_bytes(packed)
    shape = lossproof("check", tmp_path, "--json").shape
    assert shape["holding"]["people"]["point"] == COUNT
    assert [one["path"] for one in shape["holding"]["not_examined"]] == ["all.zip/inner/photo.jpg"]
