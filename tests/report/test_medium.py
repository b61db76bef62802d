"""The medium to scale."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.model.volume import Access, Content, Extent, Layer, Protection
from lossproof.report.medium import Paint, parts, scaled, totals
from report import made_up
from report.made_up import MIB, inspection, layer, plain


def paints(seen):
    return [(part.layer.scheme if part.layer else None, [run.paint for run in part.runs]) for part in parts(seen)]


@pytest.mark.parametrize("name", [name for name in made_up.ALL if made_up.ALL[name]().inspection])
def test_parts_cover_the_medium_from_start_to_end(name):
    seen = made_up.ALL[name]().inspection
    shown = parts(seen)
    position = 0
    for part in shown:
        assert part.offset_bytes == position
        assert sum(run.size_bytes for run in part.runs) == part.size_bytes
        position += part.size_bytes
    assert position == seen.size_bytes == sum(totals(shown).values())


def test_partition_tables_are_seen_through():
    assert paints(made_up.exposed().inspection) == [
        (None, [Paint.TABLE]),
        ("fat", [Paint.READABLE]),
        ("unrecognised", [Paint.OUTSIDE]),
    ]


def test_a_weak_volume_shows_what_lies_inside_it():
    shown = parts(made_up.weak().inspection)
    luks = shown[1]
    assert [run.paint for run in luks.runs] == [Paint.TABLE, Paint.WEAK]
    assert [(part.layer.scheme if part.layer else None) for part in luks.inner] == [None, "ext"]


@pytest.mark.parametrize(
    ("protection", "paint"),
    [
        (Protection.PROTECTED, Paint.ENCRYPTED),
        (Protection.PARTIAL, Paint.ENCRYPTED),
        (Protection.WEAK, Paint.WEAK),
        (Protection.UNPROTECTED, Paint.READABLE),
        (Protection.UNKNOWN, Paint.UNKNOWN),
    ],
)
def test_ciphertext_is_painted_by_what_it_is_worth(protection, paint):
    extent = Extent(offset_bytes=0, size_bytes=MIB, content=Content.CIPHERTEXT)
    seen = inspection(
        "t", 1, (layer("bitlocker", 0, 1, protection=protection, extents=(extent,)),), protection, Access.UNKNOWN
    )
    assert paints(seen) == [("bitlocker", [paint])]


def test_blank_means_that_every_byte_was_read():
    whole, sampled = layer("blank", 0, 1), layer("blank", 0, 1, findings=("sampled_only",))
    for blank, paint in ((whole, Paint.BLANK), (sampled, Paint.UNKNOWN)):
        assert paints(inspection("t", 1, (blank,), Protection.UNKNOWN, Access.UNKNOWN)) == [("blank", [paint])]


def test_doubt_is_never_painted_as_encrypted():
    for protection in Protection:
        for access in Access:
            seen = inspection("t", 1, (layer("x", 0, 1, protection=protection, readable=access),), protection, access)
            if (protection, access) != (Protection.PROTECTED, Access.NO):
                assert paints(seen)[0][1] != [Paint.ENCRYPTED]


def test_two_claims_on_the_same_bytes_stay_to_scale():
    seen = inspection("t", 4, (plain("swap", 0, 3), plain("ntfs", 1, 3)), Protection.UNPROTECTED, Access.YES)
    assert [(part.offset_bytes // MIB, part.size_bytes // MIB) for part in parts(seen)] == [(0, 3), (3, 1)]


def test_nothing_at_all_has_no_parts():
    assert parts(inspection("t", 0, (), Protection.UNKNOWN, Access.UNKNOWN)) == ()


_LAYERS = st.builds(
    Layer,
    scheme=st.sampled_from(["fat", "gpt", "luks2", "blank", "lvm2"]),
    offset_bytes=st.integers(0, 2_000),
    size_bytes=st.integers(0, 2_000),
    findings=st.sampled_from([(), ("outside_partitions",)]),
    extents=st.lists(
        st.builds(
            Extent,
            offset_bytes=st.integers(0, 2_000),
            size_bytes=st.integers(0, 2_000),
            content=st.sampled_from(list(Content)),
        ),
        max_size=4,
    ).map(tuple),
)
_TREES = st.recursive(
    _LAYERS,
    lambda inner: st.builds(lambda top, below: replace(top, layers=tuple(below)), _LAYERS, st.lists(inner, max_size=4)),
    max_leaves=8,
)


@given(st.lists(_TREES, max_size=5), st.integers(0, 3_000))
def test_lying_layers_still_cover_the_medium_once(layers, size_bytes):
    seen = replace(inspection("t", 0, tuple(layers), Protection.UNKNOWN, Access.UNKNOWN), size_bytes=size_bytes)
    shown = parts(seen)
    assert sum(run.size_bytes for part in shown for run in part.runs) == size_bytes
    assert all(part.size_bytes > 0 for part in shown)


@given(st.lists(st.integers(1, 10**13), min_size=1, max_size=80), st.floats(0, 0.2))
def test_scaled_lengths_fill_the_length_and_none_is_too_short(sizes, least):
    lengths = scaled(sizes, 1.0, least)
    assert sum(lengths) == pytest.approx(1.0)
    assert min(lengths) >= min(least, 1.0 / len(sizes)) - 1e-9
