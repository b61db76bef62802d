"""Pages about rules: what holds, a preview that saves nothing, adopting, two people at once, and who may do what."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest

from lossproof.jobs.devices import register_device
from lossproof.model.facts.registration import DeviceKind
from lossproof.policy.rules import shipped_rules, shipped_text
from register.counting import at_most

SHIPPED = shipped_text().decode()
NO_STICKS = SHIPPED.replace('applies = { kind = ["stick", "card"', 'applies = { kind = ["card"')
READERS = ("governance_lead", "it", "staff", "contractor", "auditor", "regulator")


def text_of(answer) -> str:
    """The page as a person reads it, without its tags."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


def device(site, tag: str, kind=DeviceKind.STICK, organisation: str | None = None) -> str:
    made = register_device(site.ledger, site.key, kind, asset_tag=tag, organisation=organisation or site.controller)
    return made.registered["device"]


def looked_at(client, text: str, version: int = 0):
    return client.post("/rules/change", {"way": "text", "text": text, "version": str(version)})


def adopted(client, text: str, version: int = 0, day: str = ""):
    return client.post("/rules/adopt", {"text": text, "version": str(version), "day": day}, follow=True)


def standings(site) -> list[tuple[str, int]]:
    return site.ledger.database.execute("SELECT standing, compliant FROM register_device ORDER BY device")


@pytest.mark.parametrize("duty", READERS)
def test_everybody_reads_the_rules_in_english(site, duty):
    page = text_of(site.client_of(duty).get("/rules"))
    assert "the rules that came with lossproof" in page
    assert "not older than 31 days" in page and "Because of UKGDPR:32(1)(a)" in page
    assert page.count("Citations from memory") == len(shipped_rules().rules)
    assert ("See what would change" in page) is (duty == "governance_lead")


@pytest.mark.parametrize("duty", [one for one in READERS if one != "governance_lead"])
def test_only_a_governance_lead_changes_rules(site, duty):
    client = site.client_of(duty)
    assert client.get("/rules/change").status_code == 403
    assert looked_at(client, NO_STICKS).status_code == 403
    assert adopted(client, NO_STICKS).status_code == 403
    assert "Nobody has adopted others" in text_of(client.get("/rules"))


def test_a_preview_says_what_would_change_and_saves_nothing(site):
    device(site, "STICK-1")
    device(site, "LAPTOP-1", DeviceKind.LAPTOP)
    lead = site.client_of("governance_lead")
    size = site.ledger.reader.size
    lead.get("/rules")
    page = text_of(looked_at(lead, NO_STICKS))
    assert "1 of 2 devices would be judged otherwise." in page
    assert "Not proved No rule applies 1" in page
    assert "STICK-1" in page and "LAPTOP-1" not in page
    assert "Portable devices holding personal data are encrypted" in page and "was: , sticks ; or tablets" in page
    assert "Nothing is saved yet." in page
    assert site.ledger.reader.size == size
    assert site.ledger.database.execute("SELECT COUNT(*) FROM register_kept_rules") == [(0,)]


def test_figures_are_changed_without_writing_toml(site):
    lead = site.client_of("governance_lead")
    page = lead.get("/rules/change").content.decode()
    assert 'value="31 days"' in page and 'value="1 day"' in page
    fields = dict(re.findall(r'name="([a-z_]+_\d)"[^>]*value="([^"]*)"', page))
    fields |= dict.fromkeys(re.findall(r'<select[^>]*name="(level_\d)"', page), "observed")
    assert set(fields) >= {"max_age_1", "fresh_1", "sighted_within_3", "level_1"}
    sent = {"way": "figures", "base": SHIPPED.replace("\n", "\r\n"), "version": "0", **fields}
    unchanged = text_of(lead.post("/rules/change", sent))
    assert "there is nothing to adopt" in unchanged
    seen = lead.post("/rules/change", {**sent, "max_age_1": "14 days"})
    assert "not older than was: 31 days ; becomes: 14 days ;" in text_of(seen)
    assert re.search(r"<del [^>]*>.*31.*</del>\s*<ins [^>]*>.*14.*</ins>", seen.content.decode())
    text = html.unescape(re.search(r'name="text" value="([^"]*)"', seen.content.decode())[1])
    assert text == SHIPPED.replace('max_age = "31d", fresh', 'max_age = "14d", fresh', 1)
    wrong = lead.post("/rules/change", {**sent, "max_age_1": "a month"})
    assert "There is a problem" in text_of(wrong) and "such as 31 days" in text_of(wrong)
    assert 'value="a month"' in wrong.content.decode()


def test_adopted_rules_hold_at_once_and_say_by_whom(either_site):
    site = either_site
    device(site, "STICK-1")
    lead = site.client_of("governance_lead")
    lead.get("/rules")
    assert standings(site) == [("unproven", 0)]
    page = text_of(adopted(lead, NO_STICKS))
    assert "Version 1 of the rules was adopted." in page
    assert "version 1 of the rules, which Grace Okonkwo adopted on" in page and "by password" in page
    assert standings(site)[0][0] == "out_of_scope"
    fact = site.ledger.reader.statement(site.ledger.reader.leaf(site.ledger.reader.size - 1).entry.digest).predicate
    assert (fact.version, fact.by) == (1, site.people["governance_lead"])
    history = text_of(site.client_of("auditor").get("/rules/history"))
    assert "Version 1" in history and "Grace Okonkwo (by password)" in history
    one = site.client_of("staff").get("/rules/history/1")
    assert "These rules hold now." in text_of(one) and html.escape(NO_STICKS.split("\n")[0]) in one.content.decode()
    assert "Other rules hold now." in text_of(lead.get("/rules/history/0"))


def test_rules_of_a_later_day_wait_for_it(site):
    device(site, "STICK-1")
    lead = site.client_of("governance_lead")
    from django.utils import timezone

    day = timezone.localdate() + timedelta(days=3)
    page = text_of(adopted(lead, NO_STICKS, day=day.isoformat()))
    assert "Version 1 takes their place on" in page and "the rules that came with lossproof" in page
    assert standings(site) == [("unproven", 0)]
    assert "kind = [&#34;card&#34;" in lead.get("/rules/change").content.decode()
    site.clock.at = timezone.now()
    site.clock.turn(days=4)
    assert "version 1 of the rules" in text_of(lead.get("/rules"))
    assert standings(site)[0][0] == "out_of_scope"


def test_of_two_people_editing_the_second_is_told(site):
    lead = site.client_of("governance_lead")
    assert adopted(lead, NO_STICKS).status_code == 200
    second = adopted(lead, SHIPPED.replace('"31d"', '"7d"'))
    assert second.status_code == 409
    assert "Somebody else adopted other rules while you were looking" in text_of(second)
    assert site.ledger.database.execute("SELECT MAX(version) FROM register_policy") == [(1,)]
    same = adopted(lead, NO_STICKS, version=1)
    assert same.status_code == 409 and "newest rules already" in text_of(same)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SHIPPED.replace("all_volumes", "all_valumes"), "all_valumes is not in the vocabulary"),
        (SHIPPED.replace("contents_known = true", 'escrow = "proven"'), "escrow waits for facts about recovery keys"),
        (SHIPPED.replace('id = "enc-1"', "id = enc-1"), "Line 12 (id = enc-1): rules: not TOML"),
        ("", "Enter rules"),
        ("[[rule]]", "rule number 1: id must be"),
    ],
)
def test_a_wrong_text_is_refused_with_its_line_and_kept(site, text, said):
    lead = site.client_of("governance_lead")
    answer = looked_at(lead, text)
    page = text_of(answer)
    assert answer.status_code == 200 and "There is a problem" in page and said in page
    if text:
        assert "Line " in page
        assert text.split("\n")[-2 if "\n" in text else 0] in html.unescape(answer.content.decode())
    refused = adopted(lead, text or "x = 1")
    assert refused.status_code in {400, 409}
    assert site.ledger.database.execute("SELECT COUNT(*) FROM register_policy") == [(0,)]


def test_a_wrong_day_is_refused_and_the_text_kept(site):
    lead = site.client_of("governance_lead")
    for day, said in (("2001-02-03", "Enter today or a later day"), ("soon", "Enter a day")):
        answer = adopted(lead, NO_STICKS, day=day)
        assert said in text_of(answer)
        assert html.escape('kind = ["card"').replace("&quot;", "&#34;") in answer.content.decode()
    assert site.ledger.database.execute("SELECT COUNT(*) FROM register_policy") == [(0,)]


def test_the_preview_goes_back_to_the_form_with_its_text(site):
    lead = site.client_of("governance_lead")
    again = lead.post("/rules/change", {"text": NO_STICKS.replace("\n", "\r\n"), "version": "0"})
    assert "kind = [&#34;card&#34;" in again.content.decode() and "There is a problem" not in text_of(again)
    broken = lead.post("/rules/change", {"text": "[[rule", "version": "x"})
    assert broken.status_code == 200 and "[[rule" in broken.content.decode()


@pytest.mark.parametrize("sent", [{}, {"text": NO_STICKS}, {"version": "0"}, {"text": NO_STICKS, "version": "-1"}])
def test_half_a_form_adopts_nothing(site, sent):
    assert site.client_of("governance_lead").post("/rules/adopt", sent).status_code == 400
    assert site.ledger.database.execute("SELECT COUNT(*) FROM register_policy") == [(0,)]


def test_only_posts_adopt_and_only_versions_that_are_there_are_shown(site):
    lead = site.client_of("governance_lead")
    assert lead.get("/rules/adopt").status_code == 405
    assert lead.get("/rules/history/1").status_code == 404
    assert lead.get("/rules/history/99999999999999999999").status_code == 404
    assert lead.get("/rules/history?after=x").status_code == 200


def test_the_preview_shows_a_lead_no_device_of_an_auditor(site):
    device(site, "THEIRS", organisation=site.organisations["auditor"])
    device(site, "OURS", organisation=site.contractor)
    page = text_of(looked_at(site.client_of("governance_lead"), NO_STICKS))
    assert "OURS" in page and "THEIRS" not in page and "1 of 1 device " in page


def test_a_large_estate_gives_small_pages_of_few_queries(site):
    from lossproof.jobs.importing import carry_out, plan
    from lossproof.wire.table import Table

    rows = [[f"T-{number}", "stick"] for number in range(5000)]
    listed = Table(("Asset tag", "Type"), rows, 2)
    carry_out(site.ledger, site.key, plan(site.ledger, listed))
    lead = site.client_of("governance_lead")
    lead.get("/rules")
    for path, most in (("/rules", 15), ("/rules/change", 12), ("/rules/history", 11), ("/rules/history/0", 11)):
        with at_most(most):
            answer = lead.get(path)
        assert answer.status_code == 200 and len(answer.content) < 100_000
    with at_most(100):
        page = looked_at(lead, NO_STICKS)
    assert len(page.content) < 100_000
    assert "5,000 of 5,000 devices" in text_of(page) and "The first 10 devices that change" in text_of(page)
