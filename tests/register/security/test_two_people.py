"""Two people at once, in threads of their own, on SQLite and on a real PostgreSQL: one of them is told, and the log holds one act.

After each the facts alone give the same rows again, and the log replays.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from lossproof.ledger.replay import replay
from register.devices import estate
from register.imports.test_pages import planned, text_of
from register.rules.test_pages import NO_STICKS, SHIPPED
from register.sites import Site

PATIENCE_SECONDS = 60


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    """Files of imports stand in a folder of the test's own."""
    from lossproof.register.imports import files

    monkeypatch.setattr(files, "folder_of", lambda run: tmp_path / f"import-{run}")


def together(*acts: Callable[[], Any]) -> list[Any]:
    """What each gives, begun at the same moment, in the order of `acts`."""
    from django.db import connections

    begin, given = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        try:
            begin.wait(PATIENCE_SECONDS)
            given[place] = act()
        except BaseException as error:  # noqa: BLE001  told to the test's own thread
            given[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(PATIENCE_SECONDS)
    for one in given:
        if isinstance(one, BaseException):
            raise one
    return given


def holds(site: Site) -> None:
    """The log replays, is signed to its end, and gives the rows again."""
    from lossproof.register.projection.comparing import rebuild_and_compare

    reader = site.ledger.reader
    assert replay(reader).size == reader.size == reader.newest_checkpoint().size
    assert not rebuild_and_compare(site.ledger, int(site.clock.at.timestamp())).changed


def carried_out(client: Any, look: Any) -> Any:
    """The page of an import once it is done, or of the refusal."""
    from lossproof.register.imports import work

    answer = client.post(f"{look.address}/go")
    if answer.status_code != 302:
        return answer
    work.wait(answer.url.rsplit("/", 1)[-1], PATIENCE_SECONDS)
    return client.get(answer.url)


def events(site: Site, device: str) -> list[str]:
    rows = site.ledger.database.execute(
        "SELECT event FROM register_custody WHERE device = (SELECT device FROM register_device WHERE subject = ?) ORDER BY leaf",
        (device,),
    )
    return [event for (event,) in rows]


@pytest.mark.parametrize("other", ["accept", "decline"])
def test_a_hand_over_is_answered_once(either_site, other):
    site = either_site
    device = estate.checked(site, "NGT-1")
    token = estate.offered(site, "NGT-1")

    def answer(act: str) -> Callable[[], Any]:
        client = site.client()
        return lambda: client.post(
            f"/accept/{token}", {"device": device, "agreed": "on", "act": act, "reason": "broken"}
        )

    answers = together(answer("accept"), answer(other))
    told = [one.url for one in answers if one.status_code == 302]
    last = events(site, device)[-1]
    assert events(site, device) == ["offered", last]
    if other == "accept":
        # The second says the same, and is shown the same.
        assert (last, told) == ("accepted", ["/accepted", "/accepted"])
    else:
        assert told == [f"/{last}"]
        assert {one.status_code for one in answers} - {302} <= {200, 409}
    holds(site)


def test_one_device_is_offered_to_one_of_two(either_site):
    site = either_site
    device = estate.checked(site, "NGT-1")

    def offer(to: str) -> Callable[[], Any]:
        client = site.client_of("it")
        return lambda: client.post("/hand-over", {"devices": "NGT-1", "email": to, "reason": "issued"})

    pages = [one.content.decode() for one in together(offer("staff@example.org"), offer("contractor@example.org"))]
    assert sum("/accept/" in page for page in pages) == 1
    assert events(site, device).count("offered") == 1
    holds(site)


def test_of_two_changes_of_a_device_one_is_asked_to_look_again(either_site):
    site = either_site
    device = estate.device(site, "NGT-1")
    form = site.client_of("it").get(f"/devices/{device}/change").content.decode()
    leaf = form.split('name="leaf" value="')[1].split('"')[0]

    def change(tag: str) -> Callable[[], Any]:
        client = site.client_of("it")
        typed = {"kind": "stick", "organisation": site.controller, "asset_tag": tag, "serial": "", "leaf": leaf}
        return lambda: client.post(f"/devices/{device}/change", typed)

    size = site.ledger.reader.size
    answers = together(change("NGT-1a"), change("NGT-1b"))
    assert sorted(one.status_code for one in answers) == [200, 302]
    (slower,) = (one for one in answers if one.status_code == 200)
    assert "somebody else changed this device" in slower.content.decode().lower()
    assert site.ledger.reader.size == size + 1
    holds(site)


def test_of_two_that_register_one_tag_one_is_told(either_site):
    site = either_site

    def register() -> Callable[[], Any]:
        client = site.client_of("it")
        typed = {"kind": "stick", "organisation": site.controller, "asset_tag": "NGT-1", "serial": "", "here": "on"}
        return lambda: client.post("/devices/new", typed)

    answers = together(register(), register())
    assert sorted(one.status_code for one in answers) == [200, 302]
    assert site.ledger.database.execute("SELECT COUNT(*) FROM register_device") == [(1,)]
    holds(site)


def test_rules_are_adopted_by_one_of_two(either_site):
    site = either_site

    def adopt(text: str) -> Callable[[], Any]:
        client = site.client_of("governance_lead")
        return lambda: client.post("/rules/adopt", {"text": text, "version": "0", "day": ""}, follow=True)

    pages = [text_of(one) for one in together(adopt(NO_STICKS), adopt(SHIPPED.replace('"31d"', '"7d"')))]
    assert sum("Version 1 of the rules was adopted." in page for page in pages) == 1
    assert sum("Somebody else adopted other rules while you were looking" in page for page in pages) == 1
    holds(site)


def test_an_account_is_changed_by_one_of_two(either_site):
    site = either_site
    staff = site.account("staff")

    def change(name: str) -> Callable[[], Any]:
        client = site.client_of("governance_lead")
        typed = {"name": name, "email": staff.email, "duties": "staff", "version": str(staff.version)}
        return lambda: client.post(f"/people/{staff.id}", typed)

    answers = together(change("Sita One"), change("Sita Two"))
    assert sorted(one.status_code for one in answers) == [200, 302], [text_of(one)[:600] for one in answers]
    holds(site)


def test_an_import_beside_a_hand_over_undoes_none_of_it(either_site):
    site = either_site
    device = estate.checked(site, "T-1")
    token = estate.offered(site, "T-1")
    rows = ["Asset tag,Serial,Type,Organisation,Assigned to,Status", "T-1,,usb stick,,contractor@example.org,In use"]
    rows += [f"N-{number},,laptop,,," for number in range(300)]
    it = site.client_of("it")
    look = planned(it, "\n".join(rows), with_custody="on")

    receiver = site.client()
    page, answer = together(
        lambda: carried_out(it, look),
        lambda: receiver.post(f"/accept/{token}", {"device": device, "agreed": "on", "act": "accept"}),
    )
    assert "The import is done" in text_of(page)
    assert answer.status_code == 302
    assert events(site, device)[-2:] == ["offered", "accepted"]
    held = site.ledger.database.execute("SELECT custody, holder FROM register_device WHERE subject = ?", (device,))
    assert held == [("held", site.people["staff"])]
    assert site.ledger.database.execute("SELECT COUNT(*) FROM register_device") == [(301,)]
    holds(site)


def test_one_list_imported_by_two_registers_each_device_once(either_site):
    site = either_site
    rows = ["Asset tag,Serial,Type,Organisation,Assigned to,Status"]
    rows += [f"N-{number},SN{number:06},laptop,,," for number in range(200)]
    lead, it = site.client_of("governance_lead"), site.client_of("it")
    looks = [(client, planned(client, "\n".join(rows))) for client in (lead, it)]
    pages = together(*(lambda client=client, look=look: carried_out(client, look) for client, look in looks))
    for (client, look), page in zip(looks, pages, strict=True):
        told_to_wait = page.status_code == 409
        assert not told_to_wait or "Another import of your organisation is under way" in text_of(page)
        assert "The import is done" in text_of(carried_out(client, look) if told_to_wait else page)
    assert site.ledger.database.execute("SELECT COUNT(*) FROM register_device") == [(200,)]
    holds(site)
