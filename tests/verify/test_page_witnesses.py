"""verify/verify.html and witnesses that sign with ML-DSA-44 (C2SP tlog-cosignature), which not every browser can check."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from verify import building
from verify.building import Book, a_story, sealed
from verify.in_browser import Case, differences, opened
from verify.stories import with_note

pytestmark = pytest.mark.browser

NAME = "quantum.example.org/witness"
KNOWS = "crypto.subtle.generateKey('ML-DSA-44', false, ['verify', 'sign']).then(() => true, () => false)"
LACKS = """{
  const real = SubtleCrypto.prototype.importKey;
  SubtleCrypto.prototype.importKey = function (format, ...rest) {
    return format === "raw-public" ? Promise.reject(new Error("not supported")) : real.call(this, format, ...rest);
  };
}"""


def cosigned(flip: int = 0) -> Case:
    """A pack whose checkpoint is cosigned with ML-DSA-44, and the policy that wants just that witness."""
    secret = MLDSA44PrivateKey.generate()
    public = secret.public_key().public_bytes_raw()
    book = a_story(Book())
    at, size = int(book.known_at(18).timestamp()), len(book.entries)
    message = b"subtree/v1\n\x00" + bytes([len(NAME)]) + NAME.encode() + at.to_bytes(8, "big")
    message += bytes([len(book.origin)]) + book.origin.encode() + bytes(8) + size.to_bytes(8, "big")
    signature = bytearray(secret.sign(message + building.root_of(book.hashes())))
    signature[100] ^= flip
    line = building.signature_line(NAME, 6, public, at.to_bytes(8, "big") + signature)
    pack = sealed(with_note(book.members("stick"), building.signed_note(book.text(), lines=[line])))
    log = f"log {building.vkey(book.origin, 1, building.public('log'))}"
    witness = f"witness quantum {building.vkey(NAME, 6, public)}"
    return Case(f"ml-dsa-44 {flip}", pack, f"{log}\n{witness}\nquorum quantum\n".encode())


def test_a_line_of_another_log_that_is_trusted_must_hold_too(page):
    book = a_story(Book())
    other, text = building.origin_of("other"), book.text()
    policy = building.policy() + f"log {building.vkey(other, 1, building.public('other'))}\n".encode()
    cases = []
    for name, signed in {"holds": text, "in vain": book.text(5)}.items():
        line = building.signature_line(
            other, 1, building.public("other"), building.secret("other").sign(signed.encode())
        )
        note = building.signed_note(
            text, lines=[*book.note(witnesses=building.WITNESSES).decode().splitlines(True)[-2:], line]
        )
        cases.append(Case(name, sealed(with_note(book.members("stick"), note)), policy))
    said = [(one["outcome"], one["part"]) for one in page.verify(cases)]
    assert said == [("verified", None), ("refused", "checkpoint")]


def test_an_ml_dsa_44_cosignature_counts_where_the_browser_can_check_it(page):
    if not page.tab.evaluate(KNOWS):
        pytest.skip("this Chromium has no ML-DSA-44")
    good, forged = cosigned(), cosigned(flip=1)
    assert differences(page, [good, forged], whole=True) == {}
    assert [said["outcome"] for said in page.verify([good, forged])] == ["verified", "refused"]


def test_a_browser_without_ml_dsa_44_says_so_and_does_not_count_that_witness(browser):
    case = cosigned()
    with opened(browser, before=LACKS) as page:
        page.check(case)
        assert (page.result()["outcome"], page.result()["part"]) == ("refused", "quorum")
        assert "signs with ML-DSA-44, which this browser cannot check" in page.tab.locator("#answer").inner_text()
        page.check(Case("", case.pack, case.policy.replace(b"quorum quantum", b"quorum none")))
        page.tab.locator(".verdict.safe").wait_for()
        assert page.result()["outcome"] == "verified"
        assert "not_witnessed" in page.result()["not_proved"]
