"""The table of `check`, row by row, and what must hold of every row: more doubt never makes a device safer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.model.holding import Holding, NotExamined, People, RawText
from lossproof.model.verdict import Standing, Verdict
from lossproof.model.volume import Access, Inspection, Kdf, Layer, Protector
from lossproof.policy import crypto
from lossproof.policy.exposure import REASONS, verdict
from lossproof.policy.findings import MEANINGS, Effect
from lossproof.policy.protection import grade, overall

AT = "2026-11-23T09:14:00Z"
SOUND = Protector(kind="keyslot", id="0", kdf=Kdf(name="argon2id", iterations=4, memory_kib=1 << 20))
ONE = People(low=1, point=1, high=1)
PERHAPS = People(low=0, point=0, high=1)


def layer(scheme: str, *findings: str, inside: tuple[Layer, ...] = ()) -> Layer:
    return Layer(scheme=scheme, offset_bytes=0, size_bytes=1 << 20, findings=findings, layers=inside)


def luks(*findings: str, cipher: str = "aes-xts-plain64") -> Layer:
    return replace(layer("luks2", *findings), cipher=cipher, key_bits=512, protectors=(SOUND,))


def seen(*layers: Layer) -> Inspection:
    graded = tuple(grade(one) for one in layers)
    protection, access, reasons = overall(graded)
    return Inspection(
        target="stick",
        size_bytes=1 << 20,
        protection=protection,
        readable_without_secret=access,
        reasons=reasons,
        layers=graded,
        bytes_read=4096,
        header_sha256="00" * 32,
        tool="lossproof",
    )


def judge(inspection: Inspection | None, holding: Holding | None, *, folder: bool = False) -> Verdict:
    return verdict("stick", inspection, holding, folder=folder, at=AT)


def own(answer: Verdict) -> list[str]:
    """The reasons of this table, without those of the inspection."""
    codes = [reason.code for reason in answer.reasons]
    return codes[: len(codes) - len(answer.inspection.reasons if answer.inspection else ())]


FAT, BLANK, NOISE, WEAK = layer("fat"), layer("blank"), layer("headerless"), luks(cipher="aes-ecb")
NOTHING = Holding(target="stick")
PEOPLE = replace(NOTHING, people=ONE)
DOUBTS = {
    "interrupted": replace(NOTHING, interrupted=True),
    "not_all_examined": replace(NOTHING, not_examined=(NotExamined(path="a.jpg", reason="image_not_read"),)),
    "perhaps_people": replace(NOTHING, people=PERHAPS),
    "named_only": replace(NOTHING, named_only=1),
    "identifiers_without_people": replace(NOTHING, unattributed={"payment_card": 1}),
}


@pytest.mark.parametrize("layers", [(luks(),), (BLANK,), (luks(), BLANK)], ids=["protected", "blank", "both"])
def test_a_medium_that_is_all_protected_or_blank_exposes_nobody(layers):
    answer = judge(seen(*layers), None)
    assert (answer.exposed, own(answer)) == (False, ["all_protected"])


def test_a_readable_medium_on_which_all_was_examined_and_nobody_was_found_exposes_nobody():
    answer = judge(seen(FAT), NOTHING)
    assert (answer.exposed, own(answer), answer.standing) == (False, ["nobody_found"], Standing.UNPROTECTED)


def test_people_who_can_be_read_are_exposed():
    answer = judge(seen(FAT), PEOPLE)
    assert (answer.exposed, own(answer)) == (True, ["people_readable"])


def test_people_in_deleted_data_are_exposed_and_said_to_be_there():
    answer = judge(seen(FAT), replace(NOTHING, raw=RawText(people=ONE)))
    assert (answer.exposed, own(answer)) == (True, ["people_readable", "people_in_deleted_data"])


def test_people_beside_an_encrypted_part_are_exposed():
    answer = judge(seen(luks(), FAT), PEOPLE)
    assert (answer.exposed, answer.standing) == (True, Standing.UNPROTECTED)


@pytest.mark.parametrize("code", DOUBTS)
def test_each_doubt_about_what_was_found_is_named_and_leaves_the_answer_open(code):
    for answer in (judge(seen(FAT), DOUBTS[code]), judge(None, DOUBTS[code], folder=True)):
        assert (answer.exposed, own(answer)) == (None, [code])


def test_what_may_be_people_in_deleted_data_leaves_the_answer_open():
    answer = judge(seen(FAT), replace(NOTHING, raw=RawText(people=PERHAPS)))
    assert (answer.exposed, own(answer)) == (None, ["perhaps_people"])


@pytest.mark.parametrize("layers", [(NOISE,), (luks(), NOISE), (layer("unrecognised"),), (layer("zfs"),)])
def test_a_range_that_nobody_knows_leaves_the_answer_open(layers):
    answer = judge(seen(*layers), NOTHING)
    assert (answer.exposed, own(answer)) == (None, ["unknown_ranges"])


def test_a_weak_scheme_leaves_the_answer_open():
    answer = judge(seen(WEAK), None)
    assert (answer.exposed, own(answer), answer.standing) == (None, ["weak_scheme"], Standing.WEAK)


def test_a_readable_part_that_nobody_looked_at_leaves_the_answer_open():
    assert own(judge(seen(FAT), None)) == ["not_all_examined"]


def test_a_range_of_which_only_samples_are_blank_is_not_called_blank():
    assert judge(seen(layer("blank", "sampled_only")), NOTHING).exposed is None
    assert judge(seen(layer("blank", "sampled_only")), None).exposed is None


@pytest.mark.parametrize("scheme", ["blank", "unrecognised"])
def test_bytes_outside_partitions_were_read_as_raw_text_and_are_no_doubt(scheme):
    gap = layer(scheme, "outside_partitions", "sampled_only")
    table = layer("mbr", inside=(FAT, gap))
    assert judge(seen(table), NOTHING).exposed is False
    assert judge(seen(table), DOUBTS["not_all_examined"]).exposed is None
    assert judge(seen(table), None).exposed is None


def test_bytes_outside_partitions_that_look_random_are_a_doubt():
    assert judge(seen(layer("mbr", inside=(FAT, layer("headerless", "outside_partitions")))), NOTHING).exposed is None


@pytest.mark.parametrize("code", [code for code, meant in MEANINGS.items() if meant.effect is Effect.DOUBT])
def test_a_doubt_about_a_volume_or_a_table_is_never_rounded_away(code):
    assert judge(seen(layer("fat", code)), NOTHING).exposed is None
    assert judge(seen(layer("mbr", code, inside=(FAT,))), NOTHING).exposed is None
    assert judge(seen(luks(code)), None).exposed is None
    assert judge(seen(layer("mbr", code, inside=(luks(),))), None).exposed is None


def test_a_scan_that_was_stopped_after_people_were_found_says_both():
    answer = judge(seen(FAT), replace(PEOPLE, interrupted=True))
    assert (answer.exposed, own(answer)) == (True, ["people_readable", "interrupted"])
    answer = judge(None, replace(PEOPLE, interrupted=True), folder=True)
    assert (answer.exposed, own(answer)) == (True, ["people_readable", "interrupted"])


def test_the_note_that_a_scan_was_stopped_is_not_said_twice():
    stopped = replace(NOTHING, interrupted=True, not_examined=(NotExamined(path="", reason="interrupted"),))
    assert own(judge(seen(FAT), stopped)) == ["interrupted"]


def test_people_in_a_folder_are_exposed_because_it_was_readable():
    for below in (None, seen(FAT), seen(WEAK), seen(NOISE), seen(luks(), FAT)):
        answer = judge(below, PEOPLE, folder=True)
        assert (answer.exposed, own(answer)) == (True, ["people_readable"])


def test_people_in_a_folder_on_a_protected_volume_are_not_exposed_once_it_is_locked():
    answer = judge(seen(luks()), PEOPLE, folder=True)
    assert (answer.exposed, own(answer), answer.standing) == (False, ["unlocked_now"], Standing.PROTECTED)


@pytest.mark.parametrize("doubtful", DOUBTS.values(), ids=DOUBTS)
def test_doubts_in_a_folder_on_a_protected_volume_need_not_be_settled(doubtful):
    assert own(judge(seen(luks()), doubtful, folder=True)) == ["unlocked_now"]


def test_an_empty_folder_exposes_nobody():
    answer = judge(None, NOTHING, folder=True)
    assert (answer.exposed, own(answer), answer.standing) == (False, ["nobody_found"], Standing.UNPROVEN)


def test_the_answer_says_when_it_may_change_by_itself_and_repeats_what_inspection_said():
    answer = judge(seen(WEAK), None)
    assert answer.valid_until == crypto.next_change(AT)
    assert "weak_mode" in [reason.code for reason in answer.reasons]


def test_every_reason_is_a_plain_sentence():
    assert REASONS
    for text in REASONS.values():
        assert text[0].isupper()
        assert text.endswith(".")


counts = st.integers(0, 3)
peoples = (
    st.tuples(counts, counts, counts).map(sorted).map(lambda three: People(low=three[0], point=three[1], high=three[2]))
)
holdings = st.none() | st.builds(
    Holding,
    target=st.just("stick"),
    people=peoples,
    raw=st.builds(RawText, people=peoples),
    named_only=counts,
    unattributed=st.sampled_from([{}, {"iban": 1}]),
    not_examined=st.sampled_from([(), (NotExamined(path="x", reason="damaged"),)]),
    interrupted=st.booleans(),
)
leaves = st.builds(
    lambda scheme, findings: replace(luks(), scheme=scheme, findings=tuple(findings)),
    st.sampled_from(
        ["luks2", "luks1", "bitlocker", "fat", "ntfs", "blank", "headerless", "unrecognised", "apfs", "zfs"]
    ),
    st.lists(st.sampled_from([*MEANINGS, "made_up"]), max_size=2, unique=True),
)
media = st.lists(
    leaves | st.builds(lambda inside: layer("mbr", inside=tuple(inside)), st.lists(leaves, max_size=3)), max_size=3
)
inspections = media.map(lambda layers: seen(*layers))


@given(inspections, holdings)
def test_false_is_said_only_where_nothing_readable_is_left_open(inspection, holding):
    answer = judge(inspection, holding)
    found = holding is not None and (holding.people.low > 0 or holding.raw.people.low > 0)
    assert (answer.exposed is True) == found
    if answer.exposed is False:
        examined = holding is not None
        for leaf in inspection.leaves():
            whole = leaf.scheme == "blank" and "sampled_only" not in leaf.findings
            outside = leaf.scheme in {"blank", "unrecognised"} and "outside_partitions" in leaf.findings
            assert (
                leaf.readable is Access.NO
                or whole
                or (examined and (leaf.readable is Access.YES or outside))
                or (examined and leaf.readable is Access.PARTLY)
            )


def more_doubt(holding: Holding, which: str) -> Holding:
    return {
        "interrupted": replace(holding, interrupted=True),
        "not_all_examined": replace(
            holding, not_examined=(*holding.not_examined, NotExamined(path="y", reason="encrypted"))
        ),
        "perhaps_people": replace(
            holding, people=replace(holding.people, low=0, high=holding.people.high + 1), raw=RawText()
        ),
        "named_only": replace(holding, named_only=holding.named_only + 1),
        "identifiers_without_people": replace(holding, unattributed={**holding.unattributed, "email": 2}),
    }[which]


@given(inspections, holdings.filter(bool), st.sampled_from(sorted(DOUBTS)))
def test_more_doubt_about_what_was_found_never_gives_false(inspection, holding, which):
    assert judge(inspection, more_doubt(holding, which)).exposed is not False
    assert judge(None, more_doubt(holding, which), folder=True).exposed is not False


@given(
    media,
    holdings,
    st.sampled_from([code for code, meant in MEANINGS.items() if meant.effect in {Effect.DOUBT, Effect.HAZARD}]),
    st.integers(0, 9),
)
def test_one_more_doubt_or_hazard_never_turns_an_open_answer_into_false(layers, holding, code, which):
    before = judge(seen(*layers), holding)
    if layers:
        at = which % len(layers)
        layers[at] = replace(layers[at], findings=(*layers[at].findings, code))
    after = judge(seen(*layers), holding)
    assert after.exposed is before.exposed or after.exposed is not False
    assert before.exposed is not True or after.exposed is True


@given(inspections, holdings, leaves)
def test_one_more_part_never_turns_an_open_answer_into_false(inspection, holding, leaf):
    before = judge(inspection, holding).exposed
    after = judge(seen(*inspection.layers, leaf), holding).exposed
    assert before is False or after is not False
    assert before is not True or after is True
