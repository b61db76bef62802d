"""Every string can be translated: the catalogue is in step with the code, and no page says anything that came past it.

Every page that links, forms and routes lead to is fetched in a language of wide letters (`pseudo`), by everybody who may, in an estate
that has something to show everywhere; every form is sent empty, and what comes back is read too.
"""

from __future__ import annotations

import re
import tomllib
from collections import deque
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from policy.test_rules import EXAMPLES
from register import pseudo, test_matrix
from register.browsing import Live, axe, browser, overflows
from register.custody import test_in_browser as custody_pages
from register.estates import Shelf
from register.imports.test_pages import COLUMNS, LIST, RECORDED, post, upload
from register.rules.test_pages import NO_STICKS, SHIPPED
from register.sites import CONTRACTOR_NAME, NAMES, PASSWORD, Site
from register.standing import test_in_browser as standing_pages
from register.test_matrix import Objects, objects

__all__ = ["browser", "objects"]

TYPED = ("max_age", "severity", "say", "sag", "on_fail", "all_valumes", "escrow", "role", "require", "cites")
"""Words of rules as they are written, which messages about them name."""
NONSENSE = "Zq-1"
"""What somebody types who does not read."""
MOST_OF_A_ROUTE = 3
"""How many pages of one route a person looks at: the first ones, which are those of the estate's different devices."""
NO_LANGUAGE = (
    r"lossproof|English|Pseudo|Trust sign-on|"
    r"BitLocker|LUKS\d?|luks\d|tpm|FileVault 2|Intune|osquery|JSON|CSV|TOML|USB|QR|SHA-256|"
    r"(?:UKGDPR|DPA2018|ISO27001|UNDERTAKING):\S+|"
    r"\b[0-9a-f]{8,64}\b…?|(?:[0-9a-f]{4} ){3,}[0-9a-f]{4}|https?://\S+|\S+@\S+|\b(?:NGT|LP|WD|T|S)-[\w-]+|\bXT-\d+|\bPF\d+|"
    f"{NONSENSE}|"
    r"\d{4}-\d\d-\d\d(?:T[\d:]+Z?)?|\b\d+[dh]\b"
)
"""Names of things that are the same in every language, codes, ids and addresses."""


@pytest.fixture
def wide_site(site: Site, tmp_path: Path) -> Iterator[Site]:
    """A site that knows the language of wide letters."""
    with pseudo.spoken(tmp_path):
        yield site


def client_of(site: Site, duty: str | None) -> Any:
    client = site.client() if duty is None else site.client_of(duty)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = pseudo.CODE
    return client


class Form(NamedTuple):
    """Where a form goes, what it sends when nobody fills it in, and what when somebody fills it in without a thought."""

    target: str
    hidden: dict[str, str]
    typed: dict[str, str]


class Links(HTMLParser):
    """Where a page leads: links and forms."""

    def __init__(self, page: str, here: str) -> None:
        super().__init__()
        self.here, self.links, self.forms = here, [], []
        self._choice = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "a" and given.get("href", "").startswith(("/", "?")):
            self.links.append(given["href"] if given["href"][0] == "/" else self.here.partition("?")[0] + given["href"])
        elif tag == "form" and given.get("method") == "post":
            self.forms.append(Form(given.get("action") or self.here, {}, {}))
        elif tag == "form":
            self.forms.append(Form("", {}, {}))
        elif tag == "option" and self._choice and given.get("value"):
            self.forms[-1].typed.setdefault(self._choice, given["value"])
        elif self.forms and given.get("name") and tag in {"input", "textarea", "select"}:
            self._field(tag, given)

    def _field(self, tag: str, given: dict[str, str]) -> None:
        name, kind = given["name"], given.get("type", "text")
        self._choice = name if tag == "select" else ""
        if kind == "hidden":
            self.forms[-1].hidden[name] = given.get("value", "")
        elif kind in {"radio", "checkbox"}:
            self.forms[-1].typed.setdefault(name, given.get("value", "on"))
        elif tag != "select" and kind != "file":
            self.forms[-1].typed[name] = NONSENSE


def data_of(site: Site, *more: str) -> re.Pattern[str]:
    """What people typed and machines said, which is never translated."""
    from lossproof.register.accounts.models import Account
    from lossproof.register.evidence.models import EnrolmentCode
    from lossproof.register.imports.models import Run, SavedMapping

    typed = {CONTRACTOR_NAME, "Pellworth Audit", "The Regulator", "Northern General Trust", *NAMES.values()}
    typed |= set(Account.objects.values_list("name", flat=True)) | set(Run.objects.values_list("file_name", flat=True))
    typed |= set(EnrolmentCode.objects.values_list("label", flat=True))
    typed |= set(SavedMapping.objects.values_list("name", flat=True))
    rows = site.ledger.database.execute("SELECT value FROM ledger_erasable WHERE value IS NOT NULL")
    typed |= {str(value) for (value,) in rows}
    known = sorted((re.escape(one) for one in typed if len(one) > 1), key=len, reverse=True)
    return re.compile("|".join([*known, *more, NO_LANGUAGE]))


class Reader:
    """Somebody who looks at every page once, and keeps what is said on it in no language."""

    def __init__(self, site: Site, *more: str) -> None:
        self.site = site
        self._more = more
        self._data = re.compile(NO_LANGUAGE)
        self.wrong: dict[str, set[str]] = {}
        self.seen: dict[str, int] = {}
        self.pages = 0

    def client(self, duty: str | None) -> Any:
        """A client every page of which is read."""
        client = client_of(self.site, duty)
        ask = client.request

        def watched(**request: Any) -> Any:
            answer = ask(**request)
            self.read(request.get("PATH_INFO", ""), answer)
            return answer

        client.request = watched
        return client

    def read(self, name: str, answer: Any) -> None:
        kind = answer.headers.get("Content-Type", "")
        if not kind.startswith("text/html") or not answer.content:
            return
        self.pages += 1
        found = pseudo.shown(answer.content.decode())
        left = self._left(found)
        if left:
            # Perhaps somebody has typed it since.
            self._data = data_of(self.site, *self._more)
            left = self._left(found)
        if answer.status_code == 500:
            left.add("status 500")
        if found.language != pseudo.CODE:
            left.add(f"lang={found.language}")
        if left:
            self.wrong.setdefault(name, set()).update(left)

    def _left(self, found: pseudo.Shown) -> set[str]:
        return {said for text in found.texts if (said := pseudo.untranslated(text, self._data))}

    def walk(self, client: Any, begin: list[str]) -> list[Form]:
        """Every page that somebody comes to from these; the forms on them."""
        waiting, met, forms = deque(begin), set(begin), {}
        counted: dict[str, int] = {}
        while waiting:
            here = waiting.popleft()
            answer = client.get(here)
            name = route(here)
            self.read(name, answer)
            if not answer.headers.get("Content-Type", "").startswith("text/html"):
                waiting.extend(
                    [answer["Location"]] if answer.status_code == 302 and answer["Location"] not in met else []
                )
                met.add(answer.headers.get("Location", ""))
                continue
            links = Links(answer.content.decode(), here)
            for form in links.forms:
                if form.target:
                    forms.setdefault((route(form.target), route(here)), form)
            for link in links.links:
                counted[route(link)] = counted.get(route(link), 0) + (link not in met)
                if link not in met and counted[route(link)] <= MOST_OF_A_ROUTE:
                    met.add(link)
                    waiting.append(link)
        return list(forms.values())


def route(where: str) -> str:
    from django.urls import Resolver404, resolve

    try:
        return resolve(urlsplit(where).path).view_name or where
    except Resolver404:
        return where


def filled(site: Site) -> list[tuple[str | None, str]]:
    """An estate in which every list has something; pages that no link leads to."""
    from django.contrib.auth.hashers import make_password

    from lossproof.register.accounts.models import Account

    Account.objects.update(password=make_password(PASSWORD))
    made = custody_pages.full(site)
    more = standing_pages.full(site)
    return [*custody_pages.pages_of(site, made).values(), *(("governance_lead", one) for one in more)]


def test_the_catalogue_is_in_step_with_the_code():
    for path, wanted in pseudo.messages.wanted():
        assert path.read_text(encoding="utf-8") == wanted, f"{path.name}: make messages"


def none_of(reader: Reader, at_least: int) -> None:
    said = [f"{name}: {text}" for name, texts in sorted(reader.wrong.items()) for text in sorted(texts)]
    assert not said, "\n".join(said)
    assert reader.pages >= at_least


def looked_at(site: Site, begin: dict[str | None, list[str]]) -> Reader:
    """Who has looked at every page that these lead to, and sent every form on them empty, and then filled without a thought."""
    reader = Reader(site)
    forms: list[tuple[Any, Form]] = []
    for duty, pages in begin.items():
        client = client_of(site, duty)
        forms += [(client, form) for form in reader.walk(client, pages)]
    staying = [one for one in forms if "logout" not in one[1].target and one[1].target != "/language"]
    for client, form in staying:
        reader.read(f"{route(form.target)} sent empty", client.post(form.target, form.hidden, follow=True))
    for client, form in staying:
        sent = {**form.hidden, **form.typed}
        reader.read(f"{route(form.target)} sent filled", client.post(form.target, sent, follow=True))
    return reader


@pytest.mark.slow
def test_no_page_says_anything_that_came_past_the_catalogue(wide_site: Site):
    extra = filled(wide_site)
    always = ["/", "/login", "/nothing-here", "/join/nothing"]
    begin = {duty: [*always, *(where for who, where in extra if who == duty)] for duty in (None, *NAMES)}
    none_of(looked_at(wide_site, begin), 250)


@pytest.mark.slow
def test_no_route_leads_to_anything_that_came_past_the_catalogue(wide_site: Site, objects: tuple[Objects, Objects]):
    routes = [test_matrix.address(name, objects[0]) for name in test_matrix.ROUTES]
    none_of(looked_at(wide_site, dict.fromkeys((None, *NAMES), routes)), 300)


@pytest.fixture
def watched(wide_site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reader:
    """Reads every page that its clients get; files of imports stand in a folder of the test's own."""
    from lossproof.register.imports import files

    monkeypatch.setattr(files, "folder_of", lambda run: tmp_path / f"import-{run}")
    return Reader(wide_site)


def test_what_an_import_says_can_be_translated(watched: Reader):
    # What people typed: headings, cells, the name of a choice; and what other systems call their reports.
    watched._more = (
        *(rf"\b{re.escape(cell)}\b" for line in LIST.splitlines() for cell in line.split(",") if cell),
        r"\bStores\b|row \d+|on the moon|managedDeviceEncryptionStates|hardware_serial",
    )
    it = watched.client("it")
    page = upload(it)
    it.post(f"{page.address}/columns", {"serial": "0", "asset_tag": "0"})
    rows = [
        *LIST.splitlines(),
        "T-5,,laptop,,nobody@example.org,",
        "T-7,,laptop,,,on the moon",
        "T-8,,laptop,,staff@example.org,In stock",
    ]
    page = upload(it, "\n".join(rows))
    post(it, page, "columns", **COLUMNS, with_custody="on", save_as="Stores")
    it.get(f"{page.address}/columns")
    post(it, page, "words", word_0="tablet")
    post(it, page, "go")
    watched.site.clock.turn(days=300)
    for name in ("windows_laptop.json", "intune.csv", "osquery_windows.jsonl", "macos_laptop.json"):
        page = upload(it, (RECORDED / name).read_bytes(), name)
        it.post(f"{page.address}/report", {"day": "2099-01-01"}) if name == "intune.csv" else None
        look = post(it, page, "report", **({"day": "2026-11-20"} if name == "intune.csv" else {}))
        post(it, look, "go")
    for content, name in (
        (b"%PDF-1.4 no table", "x.pdf"),
        (b"PK\x03\x04broken", "x.xlsx"),
        (b'{"what": 1}', "x.json"),
        (b"a\nb\n", "x.csv"),
    ):
        page = upload(it, content, name)
        it.post(f"{page.address}/columns", {"asset_tag": "0"})
    it.post("/import")
    it.get("/import")
    none_of(watched, 25)


def test_what_the_gate_and_the_custody_of_devices_say_can_be_translated(watched: Reader):
    site = watched.site
    made = custody_pages.full(site)
    it, lead, staff = (watched.client(duty) for duty in ("it", "governance_lead", "staff"))
    tags = "NGT-CARD-0005\nNGT-STICK-0001\nNGT-STICK-0003\nNGT-STICK-0006\nNGT-STICK-0007\nNGT-STICK-0008"
    for tag in (*tags.splitlines(), tags, "nothing"):
        for who in (it, lead):
            who.post("/hand-over", {"devices": tag, "email": "staff@example.org", "reason": "issued"})
        it.post("/return", {"devices": tag, "reason": "leaver"})
    for event in ("restocked", "found", "quarantined", "wiped", "destroyed", "missing", "sighted", "returned"):
        for device in ("held", "stock", "returned", "missing", "plain"):
            it.get(f"/devices/{made[device]}/custody/{event}")
            it.post(
                f"/devices/{made[device]}/custody/{event}",
                {"device": made[device], "last_had_0": "1999-01-01", "last_had_1": "10:00"},
            )
        it.post(f"/return/{event}", {"device": [made["stock"], made["held"]]})
    guest = watched.client(None)
    guest.post(f"/accept/{made['token']}", {"act": "accept", "agreed": "on", "device": made["held"]})
    guest.post(f"/accept/{made['token']}", {"act": "accept", "agreed": "on", "device": made["offered"]})
    guest.post(f"/accept/{made['token']}", {"act": "accept", "agreed": "on", "device": made["offered"]}, follow=True)
    staff.post(f"/my/{made['mine']}/missing", {"last_had_0": "1999-01-01", "last_had_1": "10:00"})
    for day in ("", "2099-01-01", "2026-11-30"):
        lead.post(
            f"/devices/{made['stock']}/exception", {"organisation": site.controller, "reason": "urgent", "until": day}
        )
    for device in made.values():
        for where in (f"/devices/{device}", f"/devices/{device}/contents", f"/devices/{device}?position=50"):
            lead.get(where)
    none_of(watched, 100)


def test_what_is_said_of_rules_can_be_translated(watched: Reader):
    # What people typed: a line, in brackets; and words of TOML.
    watched._more = (r" \d+ \(.*?\): ", r'"\w+"', r"\b(?:enc|contents)-1\b", *(rf"\b{word}\b" for word in TYPED))
    lead = watched.client("governance_lead")
    device = Shelf(watched.site).device("LP-1")
    lead.get(f"/devices/{device}")
    faulty = [
        SHIPPED.replace("all_volumes", "all_valumes"),
        SHIPPED.replace('severity = "high"', 'severity = "awful"'),
        SHIPPED.replace("[[rule]]", "[[role]]", 1),
        SHIPPED.replace('"31d"', '"31 moons"'),
        SHIPPED.replace('id = "enc-1"', 'id = "contents-1"'),
        SHIPPED.replace("require = {", "require = { escrow = true,", 1),
        SHIPPED.replace('say = "Encrypt', 'say = 7, sag = "Encrypt'),
        "no rules",
        "",
        "x" * 5000,
    ]
    for text in (*faulty, SHIPPED, NO_STICKS):
        lead.post("/rules/change", {"way": "text", "text": text, "version": "0"})
    for text, day in ((NO_STICKS, "1999-01-01"), (NO_STICKS, ""), (NO_STICKS, ""), (SHIPPED, "2099-01-01")):
        lead.post("/rules/adopt", {"text": text, "version": "0", "day": day}, follow=True)
    for where in ("/rules", "/rules/change", "/rules/history", "/rules/history/0", "/rules/history/1"):
        lead.get(where)
    none_of(watched, 15)


def test_what_second_factors_say_can_be_translated(watched: Reader):
    from django.contrib.auth.hashers import make_password

    from lossproof.register.accounts.models import Account, OneTimeLink

    Account.objects.update(password=make_password(PASSWORD))
    it = watched.client(None)
    it.get("/login")
    it.post("/login", {"login": "it@example.org", "password": "wrong"})
    it.post("/login", {"login": "it@example.org", "password": PASSWORD})
    again = it.get("/security/totp/activate/")["Location"]
    for password in ("", "wrong", PASSWORD):
        it.get(again)
        it.post(again, {"password": password, "next": "/security/totp/activate/"})
    for code in ("", "000000"):
        it.get("/security/totp/activate/")
        it.post("/security/totp/activate/", {"code": code})
    for where in (
        "",
        "webauthn/add/",
        "webauthn/",
        "recovery-codes/",
        "recovery-codes/generate/",
        "totp/deactivate/",
    ):
        it.get(f"/security/{where}", follow=True)
        it.post(f"/security/{where}", follow=True)
    it.get("/login/password")
    for new in ("short", "password", "it@example.org", "1234567890123"):
        it.post("/login/password", {"oldpassword": "wrong", "password1": new, "password2": f"{new}x"})
    made = it.post(
        f"/people/in/{watched.site.contractor}/new",
        {"name": "Wendy Hollins", "email": "w@example.org", "duties": "contractor"},
    )
    link = re.search(r"/join/[\w-]+", made.content.decode())
    assert link and OneTimeLink.objects.exists()
    guest = watched.client(None)
    guest.get(link[0])
    for new in ("short", "1234567890123", "tarpaulin lantern quince"):
        guest.post(link[0], {"password": new}, follow=True)
    none_of(watched, 20)


def test_every_sentence_of_the_rooms_below_is_found_again(wide_site: Site):
    from django.utils import translation

    from lossproof.register.web.translating import translated

    told = re.compile(r"%\(\w+\)s")
    templates = pseudo.messages.spoken.templates()
    with translation.override(pseudo.CODE):
        for text in pseudo.messages.spoken.sentences():
            plain = told.sub("5", text).replace("%%", "%") if told.search(text) else text
            left = re.sub(r"`[^`]*`|<[^>]*>|\{\w*\}", " ", translated(plain))
            assert text in templates or not re.search(r"[A-Za-z]{2}", left), (plain, left)
    assert translated("Nobody has checked whether it is encrypted.") == "Nobody has checked whether it is encrypted."


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_word_of_rules_is_said_in_the_language(wide_site: Site, name: str):
    from django.utils import translation

    from lossproof.policy.predicates import every
    from lossproof.register.web.translating import translated

    value = tomllib.loads(f"value = {EXAMPLES[name][0]}")["value"]
    said = every()[name].says(every()[name].parse(value))
    with translation.override(pseudo.CODE):
        assert not re.search(r"[A-Za-z]{2}", re.sub(NO_LANGUAGE, " ", translated(said))), said


def test_a_page_is_in_the_language_that_somebody_chose_and_says_so(wide_site: Site):
    client = wide_site.client_of("it")
    assert '<html lang="en-GB"' in client.get("/devices").content.decode()
    page = client.get("/devices").content.decode()
    assert f'value="{pseudo.CODE}"' in page and "Ｄｅｖｉｃｅｓ" not in page
    chosen = client.post("/language", {"language": pseudo.CODE}, HTTP_REFERER="http://testserver/devices")
    assert (chosen.status_code, chosen["Location"]) == (302, "http://testserver/devices")
    page = client.get("/devices").content.decode()
    assert f'<html lang="{pseudo.CODE}"' in page and "Ｄｅｖｉｃｅｓ" in page and 'value="en-gb"' in page
    elsewhere = client.post("/language", {"language": "en-gb"}, HTTP_REFERER="https://elsewhere.example.org/")
    assert elsewhere["Location"] == "/"


@pytest.mark.browser
@pytest.mark.parametrize("width", [1200, 320])
def test_the_choice_of_a_language_is_for_everybody(wide_site: Site, live: Live, browser: Browser, width: int):
    tab = live.tab(browser, "it", width=width, javascript=False)
    tab.goto(f"{live.url}/devices")
    tab.get_by_role("button", name="Pseudo").click()
    tab.get_by_role("heading", name=pseudo.wide("Devices"), exact=True).wait_for()
    assert not overflows(tab)
    tab.context.close()
    tab = live.tab(browser, "it", width=width)
    tab.goto(f"{live.url}/devices")
    assert axe(tab) == []
    tab.context.close()


def test_without_another_language_nobody_is_asked_for_one(site: Site):
    assert 'name="language"' not in site.client_of("it").get("/devices").content.decode()


def test_what_is_signed_stays_in_english(wide_site: Site):
    from lossproof.register.custody.models import SignedText

    custody_pages.estate.held(wide_site, "LP-1")
    text = SignedText.objects.get().text
    assert "USB stick" in text and "November 2026" in text


def test_a_language_is_there_as_soon_as_it_is_compiled(tmp_path: Path):
    from lossproof.register.web.translating import compiled_languages

    assert compiled_languages(tmp_path) == []
    for code in ("cy", "pt_BR", "qps", "en"):
        (tmp_path / code / "LC_MESSAGES").mkdir(parents=True)
        (tmp_path / code / "LC_MESSAGES" / "django.mo").touch()
    assert compiled_languages(tmp_path) == [("cy", "Cymraeg"), ("pt-br", "Português Brasileiro"), ("qps", "qps")]
