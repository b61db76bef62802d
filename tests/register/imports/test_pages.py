"""The steps of an import as people go them: each page, each refusal, and what is in the log afterwards."""

from __future__ import annotations

import html
import re
import stat
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from lossproof.model.estate import CustodyState
from register.counting import at_most

LIST = """Asset tag,Serial,Type,Organisation,Assigned to,Status
T-1,PF0001,laptop,,staff@example.org,In use
T-2,PF0002,usb stick,,,In stock
T-3,PF0003,Toughpad,,,
T-4,PF0004,laptop,Nobody Ltd,,
"""
RECORDED = Path(__file__).parents[2] / "wire" / "reports" / "recorded"
COLUMNS = {"asset_tag": "0", "serial": "1", "kind": "2", "organisation": "3", "holder": "4", "status": "5"}


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    """Files of runs stand in a folder of the test's own."""
    from lossproof.register.imports import files

    monkeypatch.setattr(files, "folder_of", lambda run: tmp_path / f"import-{run}")


def text_of(answer) -> str:
    """The page as a person reads it, without its tags."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


def upload(client, content: str | bytes = LIST, name: str = "assets.csv"):
    from django.core.files.uploadedfile import SimpleUploadedFile

    data = content.encode() if isinstance(content, str) else content
    return settled(client, client.post("/import", {"file": SimpleUploadedFile(name, data)}))


def settled(client, answer):
    """The page of the run, once its thread has ended."""
    from lossproof.register.imports import work

    assert answer.status_code == 302, text_of(answer)
    work.wait(answer.url.rsplit("/", 1)[-1], 60)
    page = client.get(answer.url)
    page.address = answer.url
    return page


def post(client, page, step: str, **sent: str):
    return settled(client, client.post(f"{page.address}/{step}", sent))


def planned(client, content: str | bytes = LIST, **more: str):
    return post(client, upload(client, content), "columns", **{**COLUMNS, **more})


def device(site, name: str):
    return site.ledger.projection.find_device(name)


def test_a_list_goes_from_the_file_into_the_register(either_site):
    site = either_site
    it = site.client_of("it")
    page = upload(it)
    assert "Which column is what?" in text_of(page) and "The list has 4 rows." in text_of(page)
    assert '<option value="1" selected>Serial</option>' in page.content.decode()
    size = site.ledger.reader.size
    look = post(it, page, "columns", **COLUMNS)
    assert "Nothing is changed yet." in text_of(look)
    assert "New devices 2" in text_of(look) and "Rows with errors, which are left out 2" in text_of(look)
    assert "no such organisation" in text_of(look) and "Toughpad (1 row)" in text_of(look)
    assert site.ledger.reader.size == size
    look = post(it, page, "words", word_0="tablet")
    assert "New devices 3" in text_of(look) and "Toughpad (1 row)" not in text_of(look)
    csv = it.get(f"{page.address}/errors.csv").content.decode("utf-8-sig")
    assert csv.splitlines()[0].endswith("What is wrong") and "T-4,PF0004" in csv
    done = post(it, page, "go")
    assert "The import is done" in text_of(done) and "New devices 3" in text_of(done)
    assert device(site, "T-3").kind == "tablet" and device(site, "PF0002").kind == "stick"
    assert site.ledger.database.execute("SELECT COUNT(*) FROM register_device WHERE standing IS NOT NULL") == [(3,)]
    again = planned(it)
    assert "Devices that are known as they are 2" in text_of(again)


def test_who_has_a_device_is_recorded_where_the_person_is_known(either_site):
    site = either_site
    it = site.client_of("it")
    rows = [
        *LIST.splitlines()[:3],
        "T-5,,laptop,,nobody@example.org,",
        "T-6,,laptop,,,Lost",
        "T-7,,laptop,,,on the moon",
        "T-8,,laptop,,STAFF@example.org,In stock",
    ]
    page = upload(it, "\n".join(rows))
    look = post(it, page, "columns", **COLUMNS, with_custody="on")
    said = text_of(look)
    assert "who has them, or their status 2" in said and "Rows of which a part is not recorded 3" in said
    for part in (
        "nobody in the register has this e-mail address",
        "word for its status is not known",
        "only one of the two",
    ):
        assert part in said
    done = post(it, page, "go")
    assert "who has them, or their status 2" in text_of(done)
    listed = site.ledger.database.execute("SELECT subject, custody, holder FROM register_device")
    rows = {subject: (state, holder) for subject, state, holder in listed}
    assert rows[device(site, "T-1").subject] == (CustodyState.HELD, site.people["staff"])
    assert rows[device(site, "T-6").subject] == (CustodyState.MISSING, None)
    assert rows[device(site, "T-2").subject] == (None, None) == rows[device(site, "T-8").subject]
    chain = site.ledger.reader.chain(device(site, "T-1").subject)
    last = site.ledger.reader.statement(chain[-1].entry.digest).predicate
    assert (last.by, last.reason, last.proof) == (site.people["it"], "recorded_by_hand", None)
    size = site.ledger.reader.size
    post(it, planned(it, "\n".join(LIST.splitlines()[:3]), with_custody="on"), "go")
    assert site.ledger.reader.size == size


def test_holders_are_not_recorded_unasked(site):
    it = site.client_of("it")
    done = post(it, planned(it), "go")
    assert "who has them" not in text_of(done)
    assert site.ledger.database.execute("SELECT COUNT(*) FROM register_custody") == [(0,)]


@pytest.mark.parametrize("name", ["windows_laptop.json", "intune.csv", "osquery_windows.jsonl", "configmgr.csv"])
def test_a_report_goes_from_the_file_into_the_register_as_another_systems_word(site, name):
    site.clock.turn(days=300)  # past the times in the reports
    it = site.client_of("it")
    page = upload(it, (RECORDED / name).read_bytes(), name)
    assert "A report of another system" in text_of(page) and "never lets one be handed over" in text_of(page)
    asks = "On which day was the report made?" in text_of(page)
    assert asks is (name == "intune.csv")
    size = site.ledger.reader.size
    look = post(it, page, "report", **({"day": "2026-11-20"} if asks else {}))
    assert "Nothing is changed yet." in text_of(look) and site.ledger.reader.size == size
    done = post(it, look, "go")
    assert "The import is done" in text_of(done)
    rows = site.ledger.database.execute("SELECT method FROM register_evidence")
    assert {method for (method,) in rows} <= {"reported"}
    assert bool(rows) is (name in {"windows_laptop.json", "osquery_windows.jsonl"}), text_of(done)


def test_a_report_without_times_is_no_newer_than_the_day_that_is_said(site):
    site.clock.turn(days=300)
    it = site.client_of("it")
    page = upload(it, (RECORDED / "intune.csv").read_bytes(), "intune.csv")
    for day, said in (("", "Enter the day"), ("2099-01-01", "Enter today or an earlier day"), ("x", "Enter a day")):
        wrong = it.post(f"{page.address}/report", {"day": day})
        assert wrong.status_code == 200 and said in text_of(wrong)
    assert "What would be done" in text_of(post(it, page, "report", day="2026-11-20"))
    assert it.get(f"{page.address}/report").status_code == 200
    assert it.get(f"{page.address}/columns").status_code == 404


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"%PDF-1.4 not a table", "x.pdf", "This file cannot be imported"),
        (b"PK\x03\x04broken", "x.xlsx", "This file cannot be imported"),
        (b'{"what": "ever"}', "x.json", "This file cannot be imported"),
        (b"\x00\xff" * 500, "x.csv", "This file cannot be imported"),
    ],
)
def test_what_is_no_list_and_no_report_is_refused_in_plain_words_and_deleted(site, content, name, said):
    from lossproof.register.imports import files

    it = site.client_of("it")
    page = upload(it, content, name)
    if "Which column is what?" in text_of(page):
        page = post(it, page, "columns", asset_tag="0")
        assert "There is a problem" in text_of(page) or "Rows with errors" in text_of(page)
        return
    assert said in text_of(page) and "There is a problem" in text_of(page)
    assert not files.folder_of(page.address.rsplit("/", 1)[-1]).exists()


def test_a_file_is_needed_and_it_must_not_be_too_large(site, monkeypatch):
    from lossproof.register.imports import forms

    it = site.client_of("it")
    assert "Select a file" in text_of(it.post("/import"))
    monkeypatch.setattr(forms, "MOST_BYTES", 10)
    from django.core.files.uploadedfile import SimpleUploadedFile

    assert "must be smaller" in text_of(it.post("/import", {"file": SimpleUploadedFile("a.csv", LIST.encode())}))
    assert "The file is empty" in text_of(it.post("/import", {"file": SimpleUploadedFile("a.csv", b"")}))


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, "something must name a device"),
        ({"kind": "2"}, "something must name a device"),
        ({"asset_tag": "0", "serial": "0"}, "This column is chosen twice"),
        ({"asset_tag": "17"}, "Select a column of this file"),
    ],
)
def test_a_wrong_choice_of_columns_is_explained(site, sent, said):
    it = site.client_of("it")
    page = upload(it)
    answer = it.post(f"{page.address}/columns", sent)
    assert answer.status_code == 200 and said in text_of(answer) and "There is a problem" in text_of(answer)


def test_a_column_that_stands_twice_is_explained_where_it_was_chosen(site):
    it = site.client_of("it")
    page = upload(it, "Asset tag,Tag,Tag\nT-1,a,b\n")
    again = post(it, page, "columns", asset_tag="1")
    assert "Which column is what?" in text_of(again) and "more than one column for asset tag" in text_of(again)
    assert "What would be done" in text_of(post(it, page, "columns", asset_tag="0"))


def test_a_choice_of_columns_is_kept_by_name_for_the_next_file(site):
    it = site.client_of("it")
    page = upload(it, "Ref,What\nT-1,laptop\n")
    assert "No heading says" in text_of(page)
    post(it, page, "columns", asset_tag="0", kind="1", save_as="From stores")
    next_one = upload(it, "Ref,What\nT-2,laptop\n")
    assert "Use a choice that was kept" in text_of(next_one)
    chosen = it.get(f"{next_one.address}/columns?saved=From stores").content.decode()
    assert chosen.count(" selected>Ref</option>") == 1 and "under the name From stores" in chosen
    assert it.get(f"{next_one.address}/columns?saved=nothing").status_code == 200
    from lossproof.register.imports.models import SavedMapping

    SavedMapping.objects.update(organisation=site.contractor)
    assert "From stores" not in text_of(it.get(f"{next_one.address}/columns?saved=From stores"))


@pytest.mark.parametrize("duty", ["staff", "contractor", "auditor", "regulator"])
def test_others_may_not_import(site, duty):
    it = site.client_of("it")
    page = planned(it)
    client = site.client_of(duty)
    assert client.get("/import").status_code == 403 == client.post("/import").status_code
    for step in ("", "/columns", "/words", "/report", "/go", "/again", "/stop", "/errors.csv"):
        assert client.get(f"{page.address}{step}").status_code == 403, step
        assert client.post(f"{page.address}{step}").status_code == 403, step
    assert "What would be done" in text_of(it.get(page.address))


def test_the_runs_of_another_organisation_are_not_there(site):
    from lossproof.register.imports.models import Run

    it = site.client_of("it")
    page = planned(it)
    Run.objects.update(organisation=site.contractor)
    for step in ("", "/columns", "/report", "/errors.csv"):
        assert it.get(f"{page.address}{step}").status_code == 404, step
    for step in ("/columns", "/words", "/report", "/go", "/again", "/stop"):
        assert it.post(f"{page.address}{step}").status_code == 404, step
    assert "assets.csv" not in text_of(it.get("/import"))
    for step in ("/words", "/go", "/again", "/stop"):
        assert it.get(f"{page.address}{step}").status_code == 405, step


def test_a_choice_of_columns_that_was_kept_can_be_used_and_deleted_by_its_organisation(site):
    from lossproof.register.imports.models import SavedMapping

    it = site.client_of("it")
    post(it, upload(it), "columns", **COLUMNS, save_as="Stores & <b>more</b>")
    page = it.get("/import")
    assert "Choices of columns that were kept Name Kept on Delete Stores & <b>more</b>" in text_of(page)
    address = f"/import/choices/{SavedMapping.objects.get().id}/delete"
    assert f'action="{address}"' in page.content.decode()
    SavedMapping.objects.update(organisation=site.contractor)
    assert it.post(address).status_code == 404
    assert "Stores" not in text_of(it.get("/import"))
    SavedMapping.objects.update(organisation=site.controller)
    assert it.get(address).status_code == 405
    assert it.post(address).url == "/import"
    assert not SavedMapping.objects.exists() and it.post(address).status_code == 404


@pytest.mark.parametrize(
    ("name", "content"),
    [("photo.png", b"\x89PNG\r\n\x1a\n" + bytes(200)), ("x.exe", b"MZ" + bytes(600)), ("y", bytes(range(256)) * 9)],
)
def test_a_file_that_is_no_table_is_told_what_can_be_imported(site, name, content):
    said = text_of(upload(site.client_of("it"), content, name))
    assert "This file cannot be imported" in said and "Save the list as CSV, XLSX, ODS or XLS." in said
    assert "OCR" not in said and "plain text" not in said


def test_a_device_of_an_organisation_that_is_no_contractor_is_left_out(site):
    it = site.client_of("it")
    rows = f"Asset tag,Organisation\nT-1,{site.organisations['auditor']}\nT-2,{site.contractor}\n"
    page = upload(it, rows)
    look = post(it, page, "columns", asset_tag="0", organisation="1")
    assert "neither us nor a contractor" in text_of(look)
    done = post(it, look, "go")
    assert "New devices 1" in text_of(done) and "left out 1" in text_of(done)
    assert device(site, "T-2").organisation == site.contractor


def test_a_second_person_is_told_that_the_import_has_moved_on(site):
    it, lead = site.client_of("it"), site.client_of("governance_lead")
    page = planned(it)
    assert "What would be done" in text_of(lead.get(page.address))
    post(it, page, "go")
    for step in ("go", "columns", "words", "again"):
        late = lead.post(f"{page.address}/{step}", COLUMNS)
        assert late.status_code == 409 and "moved on" in text_of(late), step
    assert "The import is done" in text_of(lead.get(page.address))


def test_one_import_at_a_time_and_it_can_be_stopped(site, monkeypatch):
    from django.core.files.uploadedfile import SimpleUploadedFile

    from lossproof.register.imports import phases, work
    from lossproof.register.imports.models import Run

    began, goes_on = threading.Event(), threading.Event()
    real = phases.carry_out

    def slow(*args, **more):
        began.set()
        goes_on.wait(30)
        return real(*args, **more)

    monkeypatch.setattr(phases, "carry_out", slow)
    monkeypatch.setattr("lossproof.register.imports.views._WAIT_SECONDS", 0.01)
    it = site.client_of("it")
    page = planned(it)
    answer = it.post(f"{page.address}/go")
    assert began.wait(30)
    progress = text_of(it.get(answer.url))
    assert "The file is being recorded" in progress and "See how far it is" in progress
    refused = it.post("/import", {"file": SimpleUploadedFile("b.csv", LIST.encode())})
    assert refused.status_code == 409 and "Another import of your organisation is under way" in text_of(refused)
    assert Run.objects.count() == 1
    assert it.get(f"{page.address}/errors.csv").status_code == 404
    it.post(f"{page.address}/stop")
    assert "The import is being stopped" in text_of(it.get(page.address))
    goes_on.set()
    work.wait(page.address.rsplit("/", 1)[-1], 30)
    stopped = text_of(it.get(page.address))
    assert "This import was stopped" in stopped
    monkeypatch.setattr(phases, "carry_out", real)
    assert "The import is done" in text_of(post(it, planned(it), "go"))


@pytest.mark.parametrize("state", ["reading", "planning", "running"])
def test_a_run_that_a_restart_cut_off_goes_on(site, state):
    from lossproof.register.imports.models import Run

    it = site.client_of("it")
    page = planned(it)
    Run.objects.update(state=state)
    assert "This import was cut off" in text_of(it.get(page.address))
    went_on = text_of(post(it, page, "again"))
    assert {"reading": "Which column", "planning": "What would be done", "running": "is done"}[state] in went_on


def test_a_run_whose_file_is_gone_says_so(site):
    from lossproof.register.imports import files
    from lossproof.register.imports.models import Run

    it = site.client_of("it")
    page = planned(it)
    Run.objects.update(state="running")
    files.remove(page.address.rsplit("/", 1)[-1])
    assert "no longer there" in text_of(post(it, page, "again"))
    assert "This file cannot be imported" in text_of(it.get(page.address))


def test_what_fails_in_the_middle_is_said_and_done_again(site, monkeypatch):
    from lossproof.errors import StoreError
    from lossproof.register.imports import phases

    it = site.client_of("it")
    page = planned(it)
    real = phases.carry_out
    for error, said in (
        (StoreError("the store is busy", hint="wait"), "The store is busy"),
        (KeyError("x"), "nobody foresaw"),
    ):

        def fails(*_args, error=error, **_more):
            raise error

        monkeypatch.setattr(phases, "carry_out", fails)
        back = text_of(post(it, page, "go"))
        assert said in back and "What would be done" in back
    monkeypatch.setattr(phases, "carry_out", real)
    assert "The import is done" in text_of(post(it, page, "go"))


def test_the_file_is_nobody_elses_to_read_and_goes_when_the_import_ends(site):
    from lossproof.register.imports import files

    it = site.client_of("it")
    page = planned(it)
    folder = files.folder_of(page.address.rsplit("/", 1)[-1])
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(one.stat().st_mode) for one in folder.iterdir()} == {0o600}
    post(it, page, "go")
    assert [one.name for one in folder.iterdir()] == ["errors.csv"]
    left = planned(it)
    it.post(f"{left.address}/stop")
    assert "This import was stopped" in text_of(it.get(left.address))
    assert not files.folder_of(left.address.rsplit("/", 1)[-1]).exists()


def test_what_nobody_goes_on_with_is_deleted_a_day_later(site):
    from django.utils import timezone

    from lossproof.register.imports import files
    from lossproof.register.imports.models import Run

    it = site.client_of("it")
    pages = [planned(it), post(it, planned(it), "go")]
    Run.objects.update(created_at=timezone.now() - timedelta(hours=25))
    it.get("/import")
    assert [files.folder_of(page.address.rsplit("/", 1)[-1]).exists() for page in pages] == [False, False]
    assert sorted(Run.objects.values_list("state", flat=True)) == ["done", "stopped"]


def test_a_cell_that_is_a_formula_comes_back_as_text(site):
    it = site.client_of("it")
    page = upload(it, 'Asset tag,Type\nT-1,"=HYPERLINK(""http://x"")"\n')
    post(it, page, "columns", asset_tag="0", kind="1")
    assert "'=HYPERLINK" in it.get(f"{page.address}/errors.csv").content.decode("utf-8-sig")


def test_names_and_headings_are_shown_as_text(site):
    it = site.client_of("it")
    page = upload(it, "Asset tag,<script>x</script>\nT-1,<b>\n", "<img src=x>\u202e.csv")
    assert "<script>x" not in page.content.decode() and "<img src=x" not in page.content.decode()
    assert "&lt;img src=x&gt;.csv" in page.content.decode()


def test_a_wide_and_long_list_gives_small_pages_of_few_queries(site):
    it = site.client_of("it")
    headings = ["Asset tag", *(f"A rather long heading of a column: number {number}" for number in range(300))]
    rows = [[f"T-{number}", "spaceship", *["x"] * 299] for number in range(1, 3000)]
    page = upload(it, "\n".join(",".join(row) for row in [headings, *rows]))
    assert len(page.content) < 100_000
    look = post(it, page, "columns", asset_tag="0", kind="1")
    assert len(look.content) < 100_000
    assert "Rows with errors, which are left out 2,999" in text_of(look), text_of(look)[:3000]
    for address, most in (("/import", 9), (page.address, 7), (f"{page.address}/columns", 8)):
        with at_most(most):
            assert it.get(address).status_code == 200
