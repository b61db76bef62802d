"""The messages that cosigners sign, byte by byte, and the tree head that they are made of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.errors import FormatError
from lossproof.ledger.cosignature import ed25519_message, ml_dsa_44_message, parse_tree_head
from lossproof.ledger.encoding import encode_base64
from note_keys import checkpoint

ROOT = bytes(range(32))
BODY = f"log.example.org\n258\n{encode_base64(ROOT)}\n"


def test_the_ed25519_message_is_a_header_a_time_and_the_whole_text():
    assert ed25519_message(BODY, 1679315147) == b"cosignature/v1\ntime 1679315147\n" + BODY.encode()
    extended = BODY + "an extension\n"
    assert ed25519_message(extended, 0) == b"cosignature/v1\ntime 0\n" + extended.encode()


def test_the_ml_dsa_message_is_the_structure_of_the_specification():
    expected = bytes.fromhex(
        "737562747265652f76310a00"  # label[12]: subtree/v1, line feed, nought
        "01" "77"  # cosigner_name<1..255>: w
        "000000006418504b"  # timestamp
        "0f" "6c6f672e6578616d706c652e6f7267"  # log_origin<1..255>
        "0000000000000000"  # start
        "0000000000000102"  # end
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"  # hash[32]
    )  # fmt: skip
    assert ml_dsa_44_message("w", BODY, 0x6418504B) == expected
    assert ml_dsa_44_message("w", BODY + "an extension\n", 0x6418504B) == expected


def test_names_and_times_that_the_structures_cannot_hold_are_refused():
    long = "x" * 256
    for name, text, at in (("", BODY, 0), (long, BODY, 0), ("w", BODY.replace("log.example.org", long), 0)):
        with pytest.raises(FormatError, match="1 to 255 bytes"):
            ml_dsa_44_message(name, text, at)
    for at in (-1, 2**63):
        with pytest.raises(FormatError, match="time"):
            ed25519_message(BODY, at)
        with pytest.raises(FormatError, match="time"):
            ml_dsa_44_message("w", BODY, at)


def test_a_tree_head_is_read():
    assert parse_tree_head(BODY) == ("log.example.org", 258, ROOT, ())
    assert parse_tree_head(BODY + "one\ntwo\n").extension == ("one", "two")


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "\n",
        "\n\n\n",
        "a\n1\n",
        BODY[:-1],
        BODY + "\n",
        "\n" + BODY,
        BODY.replace("258", "0258"),
        BODY.replace("258", "-1"),
        BODY.replace("258", ""),
        BODY.replace("258", str(2**63)),
        BODY.replace("=", ""),
        BODY.replace("AAEC", "AAE"),
        BODY.replace("AAEC", "AAECAAEC"),
    ],
)
def test_what_is_no_tree_head_is_refused(wrong):
    with pytest.raises(FormatError):
        parse_tree_head(wrong)


@given(st.text(max_size=80) | st.text(max_size=5).map(lambda part: checkpoint().body().replace("\n", part, 1)))
def test_any_text_is_a_tree_head_or_malformed(text):
    try:
        head = parse_tree_head(text)
    except FormatError:
        return
    lines = [head.origin, str(head.size), encode_base64(head.root), *head.extension]
    assert text == "".join(f"{line}\n" for line in lines)
