from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.errors import FormatError
from lossproof.model.standing import Finding, Standing, Verdict
from lossproof.wire.standings import verdict_of, verdict_text

VERDICT = Verdict(
    Standing.UNPROVEN, False, (Finding("stale", "enc-1", "Too old."),), (3, 7), 1_800_000_000, frozenset({"handover"})
)


def test_a_verdict_has_one_text():
    assert verdict_text(VERDICT) == (
        b'{"compliant":false,"reasons":[["stale","enc-1","Too old."]],"relied_on":[3,7],"standing":"unproven",'
        b'"stops":["handover"],"valid_until":1800000000}'
    )
    assert verdict_of(verdict_text(VERDICT)) == VERDICT


def test_the_order_in_a_set_does_not_show():
    stops = [frozenset(order) for order in (["a", "b", "c"], ["c", "b", "a"])]
    assert len({verdict_text(VERDICT._replace(stops=one)) for one in stops}) == 1


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}",
        b"[1]",
        b"\xff",
        b"[" * 100_000,
        b'{"standing":"unpr\xf0ven"}',
        verdict_text(VERDICT).replace(b"unp", b"UNP"),
    ],
)
def test_another_text_is_refused(text):
    with pytest.raises(FormatError):
        verdict_of(text)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data):
    with suppress(FormatError):
        verdict_of(data)
