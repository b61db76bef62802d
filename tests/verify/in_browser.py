"""verify/verify.html in a real browser: opening it, asking its function, and asking the product the same."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Browser, Page, sync_playwright

from lossproof.ledger.trust import parse_policy
from lossproof.ledger.verification import check_pack
from lossproof.wire.output import shape_of

PAGE = Path(__file__).resolve().parents[2] / "verify" / "verify.html"
CHROMIUM = Path("/usr/bin/chromium")
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
AXE_RUN = """async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const result = await axe.run(document, {runOnly: {type: "tag", values: tags}, resultTypes: ["violations"]});
  return result.violations.map(v => v.id + ": " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 200)).join(" | "));
}"""
VERIFY = """async (cases) => {
  const bytes = (text) => text === null ? null : Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  const results = [];
  for (const [pack, policy, since, authorities] of cases) {
    const options = {policy: bytes(policy), since: bytes(since), authorities: authorities.map(bytes)};
    results.push(await window.lossproof.verify(bytes(pack), options));
  }
  return results;
}"""


@dataclass(frozen=True)
class Case:
    """A pack, and what somebody checks it with."""

    name: str
    pack: bytes
    policy: bytes | None = None
    since: bytes | None = None
    authorities: tuple[bytes, ...] = ()

    def sent(self) -> list[Any]:
        def text(raw: bytes | None) -> str | None:
            return None if raw is None else base64.b64encode(raw).decode("ascii")

        return [text(self.pack), text(self.policy), text(self.since), [text(one) for one in self.authorities]]


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield launched
        launched.close()


@dataclass
class Opened:
    """A tab with the page, what it wrote to its console, and what it asked the network (or the disk) for."""

    tab: Page
    noises: list[str]
    asked_for: list[str]
    answers: dict[Case, dict[str, Any]] = field(default_factory=dict)

    def verify(self, cases: Iterable[Case]) -> list[dict[str, Any]]:
        """What the page's function says of each case. It is asked once: the same case has the same answer."""
        cases = list(cases)
        new = [case for case in dict.fromkeys(cases) if case not in self.answers]
        if new:
            said = self.tab.evaluate(VERIFY, [case.sent() for case in new])
            self.answers |= zip(new, said, strict=True)
        return [self.answers[case] for case in cases]

    def check(self, case: Case, names: str = "evidence.zip") -> None:
        """Choose the files and press the button, as a person does."""
        given = {"pack": [case.pack], "policy": [case.policy], "since": [case.since], "authorities": case.authorities}
        for place, contents in given.items():
            files = [
                {"name": names if place == "pack" else place, "mimeType": "", "buffer": raw} for raw in contents if raw
            ]
            self.tab.set_input_files(f"#{place}", files)
        self.tab.click("#check")
        self.tab.locator("#answer > *").first.wait_for()

    def result(self) -> dict[str, Any]:
        return json.loads(self.tab.locator("#result").text_content() or "")

    def violations(self) -> list[str]:
        self.tab.add_script_tag(content=AXE.read_text(encoding="utf-8"))
        return self.tab.evaluate(AXE_RUN)


@contextmanager
def opened(browser: Browser, *, before: str = "", path: Path = PAGE, **options: Any) -> Iterator[Opened]:
    """The page in a new tab; `before` is a script that runs ahead of its own."""
    context = browser.new_context(**options)
    context.set_default_timeout(60_000)
    if before:
        context.add_init_script(before)
    tab = context.new_page()
    noises: list[str] = []
    tab.on("console", lambda message: noises.append(message.text))
    tab.on("pageerror", lambda error: noises.append(str(error)))
    tab.on("dialog", lambda dialog: noises.append("a dialog opened"))
    asked_for: list[str] = []
    tab.on("request", lambda request: asked_for.append(request.url))
    tab.goto(path.as_uri())
    yield Opened(tab, noises, asked_for)
    context.close()


def of_product(case: Case) -> dict[str, Any]:
    """What the product's own verifier says."""
    policy = None if case.policy is None else parse_policy(case.policy)
    result = check_pack(case.pack, policy=policy, since=case.since, authorities=case.authorities)
    return json.loads(json.dumps(shape_of(result)))


def differences(page: Opened, cases: Sequence[Case], *, whole: bool = False) -> dict[str, Any]:
    """By name, the cases on which page and product say different things: outcome and part, or everything but the sentence."""
    assert cases
    found = {}
    for case, said in zip(cases, page.verify(cases), strict=True):
        wanted = of_product(case)
        compared = wanted.keys() - {"message"} if whole else ("outcome", "part")
        if unlike := {field: (wanted[field], said[field]) for field in compared if wanted[field] != said[field]}:
            found[case.name] = (unlike, wanted["message"], said["message"])
    return found
