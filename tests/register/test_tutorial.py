"""The second tutorial, done as it says: its commands are run, its buttons pressed, and what it quotes of a page was really there."""

from __future__ import annotations

import lzma
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from cli.command import lossproof
from cli.desk import PASSPHRASE
from cli.test_serve import Running, serving
from house.repository import ROOT
from register.browsing import axe, browser, overflows

__all__ = ["browser"]

PAGE = ROOT / "docs" / "tutorial" / "hand-a-stick-over.md"
VECTORS = ROOT / "tests" / "vectors" / "luks2"
PHONE = 390

pytestmark = [pytest.mark.browser, pytest.mark.slow]


class Learner:
    """Somebody who follows the tutorial: what they have read on pages and on the terminal."""

    def __init__(self, folder: Path, tab: Page, running: Running) -> None:
        self.folder, self.tab, self.running = folder, tab, running
        self.read: list[str] = [running.text]

    def go(self, path: str) -> None:
        self.tab.goto(path if path.startswith("http") else self.running.url + path)
        self.look()

    def look(self) -> str:
        self.tab.wait_for_load_state()
        said = " ".join(self.tab.inner_text("body").split())
        self.read += [said, *self.tab.evaluate("[...document.querySelectorAll('option')].map(one => one.text)")]
        assert not overflows(self.tab), self.tab.url
        return said

    def press(self, name: str) -> str:
        self.tab.get_by_role("button", name=name, exact=True).first.click()
        return self.look()

    def follow(self, name: str) -> None:
        self.tab.get_by_role("link", name=name, exact=True).first.click()
        self.look()

    def run(self, begins: str, *, number: int = 0, status: int = 0, more: tuple[str, ...] = (), **known: str) -> None:
        """The tutorial's own command that begins so, with what is known only now in place of a word, and with passphrases from a
        file, for nobody is there to type them."""
        shown = [one for one in commands() if one.startswith(f"lossproof {begins}")][number]
        put = {"http://localhost:8000": self.running.url, **known}
        words = [put.get(one, one) for one in shlex.split(shown)[1:] if one != "--ask-passphrase"]
        said = lossproof(*words, *more, cwd=self.folder)
        assert said.status == status, said
        self.read.append(" ".join(said.out.split()))


SIGNING = ("--state", "state", "--key-passphrase-file", "passphrase")


@pytest.fixture
def learner(tmp_path: Path, browser: Browser) -> Iterator[Learner]:
    (tmp_path / "passphrase").write_text(f"{PASSPHRASE}\n")
    store = ["--database", tmp_path / "vale.ledger", "--key-passphrase-file", tmp_path / "passphrase"]
    with serving(*store, "--init", "--organisation", "Wendling Vale NHS Trust") as running:
        context = browser.new_context(viewport={"width": PHONE, "height": 844})
        context.set_default_timeout(20_000)
        yield Learner(tmp_path, context.new_page(), running)
        context.close()


def commands() -> list[str]:
    """Every command that the tutorial shows."""
    return re.findall(r"^\$ (.+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)


def quoted() -> list[str]:
    """Every word of a page that the tutorial quotes, in italics."""
    text = PAGE.read_text(encoding="utf-8")
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return [" ".join(one.split()) for one in re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", prose)]


def asset_list() -> str:
    """The list that the tutorial shows."""
    return re.search(r"```csv\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[1]


def test_the_tutorial_goes_as_it_says(learner, tmp_path):
    assert [one.split()[1] for one in commands()] == ["serve", "agent", "sample", "check", "luksFormat", "check"]
    begin(learner)
    take_in(learner)
    enrol(learner)
    device = device_id(learner)
    learner.run("sample")
    offer(learner)
    check(learner, device, status=1)
    offer(learner)
    encrypt(tmp_path / "s-17.img")
    check(learner, device, status=0)
    offer(learner)
    accept(learner)
    learner.go(f"/devices/{device}")
    assert axe(learner.tab) == []
    learner.go("/now")
    seen = " ".join(learner.read)
    assert [one for one in quoted() if one not in seen] == []


def begin(learner: Learner) -> None:
    code = re.search(r"code: +(\S+)", learner.running.text)[1]
    learner.go("/")
    tab = learner.tab
    tab.get_by_label("Code").fill(code)
    tab.get_by_label("Your name").fill("Grace Okonkwo")
    tab.get_by_label("E-mail address").fill("grace@wendlingvale.example.org")
    tab.get_by_role("textbox", name="Password").fill("kettle orchard marmalade")
    learner.press("Make the account")


def take_in(learner: Learner) -> None:
    (learner.folder / "assets.csv").write_text(asset_list())
    learner.follow("Import your asset list")
    learner.tab.get_by_label("File").set_input_files(learner.folder / "assets.csv")
    learner.press("Upload")
    learner.press("See what would be done")
    said = learner.press("Take it in")
    for _ in range(60):
        if "The import is done" in said:
            break
        learner.tab.wait_for_timeout(500)
        learner.tab.reload()
        said = learner.look()
    assert "The import is done" in said


def enrol(learner: Learner) -> None:
    learner.go("/agents/new")
    tab = learner.tab
    tab.get_by_label("A person who checks devices").check()
    tab.get_by_label("What do you call it?").fill("Grace's laptop")
    tab.locator("select[name=person]").select_option(label="Grace Okonkwo")
    learner.press("Make the code")
    (learner.folder / "code").write_text(tab.locator("code").first.inner_text())
    learner.run("agent enrol", more=("--code-file", "code", *SIGNING))


def device_id(learner: Learner) -> str:
    learner.go("/devices?q=S-17")
    learner.follow("S-17")
    device = learner.tab.url.rpartition("/")[2]
    assert re.fullmatch("[0-9a-f]{32}", device)
    assert device in learner.look(), "the page of a device shows its id"
    learner.follow("Print a label")
    return device


def offer(learner: Learner) -> None:
    learner.go("/hand-over")
    tab = learner.tab
    tab.get_by_label("Which devices?").fill("S-17")
    tab.get_by_label("Who is to have them?").fill("sita@wendlingvale.example.org")
    learner.press("Hand them over")
    tab.get_by_label("Their name").fill("Sita Fairbairn")
    learner.press("Hand them over")


def check(learner: Learner, device: str, *, status: int) -> None:
    learner.run("check", number=1 - status, status=status, more=SIGNING, ID=device)
    learner.go(f"/devices/{device}")


def encrypt(image: Path) -> None:
    """What cryptsetup makes, from a recipe of ours: making it here would take half a minute."""
    with lzma.open(VECTORS / "default.img.xz") as vector, image.open("wb") as file:
        shutil.copyfileobj(vector, file)


def accept(learner: Learner) -> None:
    learner.go(learner.tab.locator("main a.lossproof-code").inner_text())
    learner.tab.get_by_label("I accept these devices").check()
    learner.press("Accept")
