from __future__ import annotations

from lossproof.register.data_subjects.staying import what_stays


def test_what_stays_says_why_on_what_ground_and_whether_that_was_checked():
    assert len(what_stays()) >= 3
    for one in what_stays():
        assert one.why and not one.why.endswith(".") and "Article" in one.cites
        assert one.recalled, "a citation that was checked says so here"
