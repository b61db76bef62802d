"""verify/verify.html and the product read the same trust policies (C2SP tlog-policy), and want the same quorum."""

from __future__ import annotations

import itertools

import pytest
from playwright.sync_api import Error

from lossproof.errors import LossproofError
from lossproof.ledger.trust import parse_policy
from verify import building
from verify.building import Book, a_story, sealed
from verify.in_browser import Case, differences
from verify.stories import with_note

pytestmark = pytest.mark.browser

ORIGIN = building.origin_of()
LOG = f"log {building.vkey(ORIGIN, 1, building.public('log'))}"
KEYS = {name: building.vkey(building.witness_name(name), 4, building.public(name)) for name in "abcd"}
ALL = "".join(f"witness {name} {key}\n" for name, key in KEYS.items())
A = KEYS["a"]
WIDE = building.vkey("x\u00a0y", 1, building.public("x"))  # a space, but not one between words

READ = {
    "none": f"{LOG}\nquorum none\n",
    "no log": "quorum none\n",
    "one witness": f"{LOG}\n{ALL}quorum a\n",
    "groups": f"{LOG}\n{ALL}group x any a b\ngroup y 2 c d\ngroup z all x y\nquorum z\n",
    "spaces": f"  {LOG}\t https://log.example.org/ \n\n # a comment \xff\n{ALL}\tgroup  x\t1 a\nquorum x\n",
    "no last line feed": f"{LOG}\nquorum none",
    "a name in UTF-8": f"{LOG}\nwitness \u00e9 {A}\nquorum \u00e9\n",
    "a log that signs otherwise": f"log {building.vkey('x', 6, bytes(1312))}\nquorum none\n",
}
NOT_READ = {
    "empty": "",
    "no quorum": f"{LOG}\n{ALL}",
    "two quorums": f"{LOG}\nquorum none\nquorum none\n",
    "an unknown line": f"{LOG}\nwitnes a {A}\nquorum none\n",
    "a name of every object": f"{LOG}\nconstructor a\nquorum none\n",
    "a quorum that nobody defines": f"{LOG}\n{ALL}quorum e\n",
    "a quorum of every object": f"{LOG}\n{ALL}quorum constructor\n",
    "a quorum too early": f"{LOG}\nquorum a\n{ALL}",
    "a member too early": f"{LOG}\ngroup x any a\n{ALL}quorum x\n",
    "a member twice": f"{LOG}\n{ALL}group x any a a\nquorum x\n",
    "a member of two": f"{LOG}\n{ALL}group x any a\ngroup y any a\nquorum x\n",
    "none as a member": f"{LOG}\n{ALL}group x any none a\nquorum x\n",
    "a name twice": f"{LOG}\n{ALL}witness a {building.vkey('z', 4, building.public('z'))}\nquorum a\n",
    "a witness none": f"{LOG}\nwitness none {A}\nquorum none\n",
    "a group named like a witness": f"{LOG}\n{ALL}group a any b\nquorum a\n",
    "a key twice": f"{LOG}\n{ALL}witness e {A}\nquorum a\n",
    "a log twice": f"{LOG}\n{LOG}\nquorum none\n",
    "a log as a witness": f"{LOG}\nwitness a {building.vkey('w', 4, building.public('log'))}\nquorum a\n",
    "a witness's key for a log": f"log {A}\nquorum none\n",
    "a log's key for a witness": f"witness a {building.vkey('w', 1, building.public('w'))}\nquorum a\n",
    "too many wanted": f"{LOG}\n{ALL}group x 3 a b\nquorum x\n",
    "nobody wanted": f"{LOG}\n{ALL}group x 0 a b\nquorum x\n",
    "a zero in front": f"{LOG}\n{ALL}group x 01 a b\nquorum x\n",
    "no members": f"{LOG}\n{ALL}group x any\nquorum x\n",
    "two addresses": f"{LOG} x y\nquorum none\n",
    "a control character": f"{LOG}\nquorum none\r\n",
    "no key": f"{LOG}\nwitness a x+00000000+\nquorum a\n",
    "an unknown kind of key": f"log {building.vkey('x', 2, building.public('x'))}\nquorum none\n",
    "a point of small order": f"log {building.vkey('x', 1, bytes([1]) + bytes(31))}\nquorum none\n",
    "a key with a space": f"log {WIDE}\nquorum none\n",
}


def reads(page, policy: bytes) -> bool:
    try:
        return page.verify([Case("", b"", policy)])[0]["part"] == "container"
    except Error:
        return False


def product_reads(policy: bytes) -> bool:
    try:
        parse_policy(policy)
    except LossproofError:
        return False
    return True


@pytest.mark.parametrize("name", [*READ, *NOT_READ])
def test_they_read_the_same_policies(page, name):
    policy = (READ | NOT_READ)[name].encode()
    assert product_reads(policy) is (name in READ)
    assert reads(page, policy) is (name in READ)


def test_words_that_are_not_utf_8_are_refused_but_in_comments(page):
    for policy, wanted in ((f"{LOG}\nquorum none\n".encode() + b"# \xff\n", True), (b"quorum \xff\n", False)):
        assert reads(page, policy) is product_reads(policy) is wanted


def test_they_want_the_same_quorum_of_every_set_of_witnesses(page):
    book = a_story(Book())
    text = book.text()
    members = book.members("stick", earlier=())
    at = int(book.known_at(18).timestamp())
    cases = []
    for signers in itertools.chain.from_iterable(itertools.combinations("abcd", count) for count in range(5)):
        lines = [building.cosignature(text, name, at) for name in signers]
        pack = sealed(with_note(members, building.signed_note(text, lines=lines)))
        cases += [Case(f"{name} {signers}", pack, READ[name].encode()) for name in ("none", "one witness", "groups")]
    assert differences(page, cases) == {}
    outcomes = [said["outcome"] for said in page.verify(cases)]
    # All sixteen satisfy `none`; the half with `a`; (a or b) and both c and d: three of the sixteen.
    assert outcomes.count("verified") == 16 + 8 + 3
