"""What is sealed of a scan counts again to what the scan said, and several devices count to their distinct people."""

from __future__ import annotations

import itertools

import pyrage
import pytest

from lossproof.discover import records
from lossproof.discover.mention import Mention
from lossproof.discover.people import link
from lossproof.discover.records import Records
from lossproof.discover.scan import Found
from lossproof.errors import FormatError, KeyRequiredError
from lossproof.jobs.discovery import discover_folder
from lossproof.jobs.people import GivenManifest, count_people, seal_people, union
from lossproof.ledger.manifest import open_manifest, seal_manifest
from lossproof.model.holding import People
from lossproof.sample import stick

IDENTITY = pyrage.x25519.Identity.generate()
RECIPIENT = str(IDENTITY.to_public())
ANN = Mention(surname="SMITH", forename="ANN", born="1950-01-01", postcode="AB1 2CD", categories=("health",))
BOB = Mention(surname="JONES", forename="BOB", strong=(("nhs_number", "1"),), categories=("criminal_offence",))
EVE = Mention(surname="BLACK", forename="EVE", born="1960-02-03")


def named(number: int) -> str:
    return f"{number:032x}"


def sealed(number: int, *mentions: Mention, device: int | None = None, stated: People | None = None) -> GivenManifest:
    """A manifest of the scan `number` of a device."""
    held = Records(device=named(number if device is None else device), scan=named(number), mentions=mentions)
    return GivenManifest(
        name=f"manifest {number}", ciphertext=seal_manifest(records.encode(held), RECIPIENT).ciphertext, stated=stated
    )


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    folder = tmp_path_factory.mktemp("sample") / "stick"
    stick.make(folder, people=500, seed=11)
    return discover_folder(folder)


def test_an_opened_manifest_counts_to_what_the_scan_said(found: Found) -> None:
    seal = seal_people(found, device=named(1), scan=named(2), recipient=RECIPIENT)
    opened = records.decode(open_manifest(seal.ciphertext, [IDENTITY]))
    assert (opened.device, opened.scan, opened.rules) == (named(1), named(2), records.RULES_VERSION)
    count, said = count_people(opened.mentions), found.holding
    assert said.people.point > 490
    assert said.people_by_category["health"] > 100
    assert count.people == said.people
    assert count.people_by_category == said.people_by_category
    assert (count.named_only, count.rests_on) == (said.named_only, said.rests_on)


def test_a_manifest_is_small_beside_its_stick(found: Found) -> None:
    seal = seal_people(found, device=named(1), scan=named(2), recipient=RECIPIENT)
    assert seal.size_bytes < 60 * found.holding.people.point


def test_the_same_people_on_several_devices_are_counted_once(found: Found) -> None:
    # A device was copied, the files of the copy in another order, with somebody else's added.
    copies = [
        sealed(1, *found.mentions, stated=found.holding.people),
        sealed(2, *found.mentions[::-1]),
        sealed(3, EVE),
    ]
    counted = union(copies, [IDENTITY])
    point = found.holding.people.point
    assert abs(counted.people.point - point - 1) <= 0.01 * point
    assert counted.people.low <= point + 1 <= counted.people.high
    assert counted.people.high - counted.people.low <= 0.15 * point
    assert counted.manifests[0].differs is False
    assert [one.people.point for one in counted.manifests][2] == 1
    assert counted.people_by_category["health"] == pytest.approx(found.holding.people_by_category["health"], rel=0.01)


def test_people_are_counted_over_all_and_by_category_and_by_manifest() -> None:
    counted = union([sealed(1, ANN, BOB), sealed(2, ANN._replace(forename="A"), EVE, EVE)], [IDENTITY])
    assert counted.people == People(low=3, point=3, high=4)
    assert counted.people_by_category == {"criminal_offence": 1, "health": 1}
    assert counted.rests_on == {"R2": 1, "R3": 1}
    assert [(one.manifest, one.people.point, one.device, one.scan) for one in counted.manifests] == [
        ("manifest 1", 2, named(1), named(1)),
        ("manifest 2", 2, named(2), named(2)),
    ]
    assert [one.people_by_category for one in counted.manifests] == [
        {"criminal_offence": 1, "health": 1},
        {"health": 1},
    ]


def test_a_category_that_one_device_shows_is_of_a_person_whom_another_names() -> None:
    counted = union([sealed(1, BOB._replace(categories=())), sealed(2, BOB)], [IDENTITY])
    assert (counted.people.point, counted.people_by_category) == (1, {"criminal_offence": 1})


def test_a_name_alone_on_one_device_goes_to_the_one_person_who_bears_it_on_another() -> None:
    alone = sealed(1, Mention(surname="SMITH", forename="ANN"))
    assert union([alone], [IDENTITY]).named_only == 1
    together = union([alone, sealed(2, ANN)], [IDENTITY])
    assert (together.people.point, together.named_only) == (1, 0)


def test_the_order_of_the_manifests_does_not_change_the_count(found: Found) -> None:
    third = len(found.mentions) // 3
    parts = [sealed(at, *found.mentions[at * third : (at + 1) * third]) for at in range(3)]
    counts = {repr(union(order, [IDENTITY]).people) for order in itertools.permutations(parts)}
    assert len(counts) == 1


def test_a_count_that_differs_from_what_was_stated_is_flagged() -> None:
    right, wrong = People(low=2, point=2, high=2), People(low=2, point=2, high=3)
    counted = union([sealed(1, ANN, BOB, stated=right), sealed(2, ANN, BOB, stated=wrong), sealed(3, ANN)], [IDENTITY])
    assert [one.differs for one in counted.manifests] == [False, True, None]


def test_one_scan_given_twice_is_counted_once_even_where_it_was_sealed_again() -> None:
    first, again = sealed(1, EVE), sealed(1, EVE)
    assert first.ciphertext != again.ciphertext
    counted = union([first, again, first], [IDENTITY])
    assert counted.people == People(low=1, point=1, high=1)
    assert [one.repeats for one in counted.manifests] == [False, True, True]


def test_one_scan_with_two_contents_is_refused() -> None:
    with pytest.raises(FormatError, match="manifest 1: another manifest has the same scan"):
        union([sealed(1, EVE), sealed(1, ANN)], [IDENTITY])
    with pytest.raises(FormatError, match="the same scan"):
        union([sealed(1, EVE), sealed(1, EVE, device=2)], [IDENTITY])


def test_a_hospital_s_number_joins_copies_and_only_widens_the_range_where_nothing_else_agrees() -> None:
    local = ("clinic.csv\x1fH1",)
    patient, bare = ANN._replace(local=local, postcode=""), Mention(local=local)
    copies = union([sealed(1, patient), sealed(2, patient)], [IDENTITY])
    assert copies.people == People(low=1, point=1, high=1)
    numbers = union([sealed(1, bare), sealed(2, bare)], [IDENTITY])
    assert numbers.people == People(low=1, point=1, high=2)
    one_device = union([sealed(1, bare, device=7), sealed(2, bare, device=7)], [IDENTITY])
    assert one_device.people == People(low=1, point=1, high=1)


def test_many_manifests_tell_how_far_they_are() -> None:
    told: list[int] = []
    union((sealed(number, ANN) for number in range(3)), [IDENTITY], told=told.append)
    assert told == [1, 2, 3]


def test_what_cannot_be_opened_is_named() -> None:
    stranger = pyrage.x25519.Identity.generate()
    with pytest.raises(KeyRequiredError, match=r"manifest 2: .*another recipient") as raised:
        union([sealed(2, ANN)], [stranger])
    assert raised.value.hint
    broken = GivenManifest(name="broken", ciphertext=seal_manifest(b"{}", RECIPIENT).ciphertext)
    with pytest.raises(FormatError, match="broken: records: malformed"):
        union([broken], [IDENTITY])


def test_bytes_and_people_do_not_show_in_a_traceback() -> None:
    assert "age-encryption" not in repr(sealed(1, ANN))


def test_a_device_without_anybody_can_be_sealed_and_counted() -> None:
    counted = union([sealed(1)], [IDENTITY])
    assert (counted.people, counted.manifests[0].people) == (People(), People())


def test_records_that_a_stranger_made_are_linked_or_refused_but_never_crash() -> None:
    odd = [
        Mention(surname="X", forename="Y", born="0000-00-00", postcode="P"),
        Mention(surname="X", forename="Y", born="9999-99-99", postcode="P"),
        Mention(born="1950-01-01", forename="\0", surname="\u202e", email="E"),
        Mention(strong=(("no_such_kind", "1"), ("no_such_kind", "2"))),
    ]
    assert union([sealed(1, *odd)], [IDENTITY]).people == link(odd).people
