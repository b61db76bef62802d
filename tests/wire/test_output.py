from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from lossproof.model.holding import FileHolding, Holding, IdentifierCount, NotExamined, People
from lossproof.model.verdict import Standing, Verdict
from lossproof.model.volume import (
    Access,
    Content,
    Extent,
    Inspection,
    Kdf,
    Layer,
    Protection,
    Protector,
    Reason,
)
from lossproof.wire import output

INNER = Layer(scheme="ext", offset_bytes=512, size_bytes=1024, version="ext4")
OUTER = Layer(
    scheme="luks2",
    offset_bytes=0,
    size_bytes=4096,
    cipher="aes-xts-plain64",
    key_bits=512,
    kdf=Kdf(name="argon2id", memory_kib=65536, lanes=4, iterations=4),
    protectors=(Protector(kind="luks2", id="0", kdf=Kdf(name="pbkdf2", hash="sha256", iterations=1000)),),
    extents=(Extent(offset_bytes=0, size_bytes=4096, content=Content.CIPHERTEXT),),
    findings=("weak_kdf",),
    layers=(INNER,),
    protection=Protection.WEAK,
    readable=Access.NO,
    reasons=(Reason(code="weak_kdf", text="Guessing costs too little."),),
)
SEEN = Inspection(
    target="made-up.img",
    size_bytes=4096,
    protection=Protection.WEAK,
    readable_without_secret=Access.NO,
    reasons=OUTER.reasons,
    layers=(OUTER,),
    bytes_read=512,
    header_sha256="00",
    tool="lossproof 0",
)
FOUND = Holding(
    target="made-up.img",
    people=People(low=1, point=2, high=3),
    people_by_category={"health": 1},
    identifiers={"nhs_number": IdentifierCount(distinct=2, mentions=5)},
    files=(FileHolding(path="a.csv", people=2, identifiers={"nhs_number": 2}, categories={"health": 1}, size_bytes=9),),
    not_examined=(NotExamined(path="b.jpg", reason="photograph"),),
)


def read(shape: output.Json):
    return json.loads(output.line(shape))


def test_an_inspection_has_the_fields_that_outsiders_rely_on():
    said = read(output.inspection(SEEN))
    assert {
        key: said[key] for key in ("target", "protection", "readable_without_secret", "coverage", "evidence", "tool")
    } == {
        "target": "made-up.img",
        "protection": "weak",
        "readable_without_secret": "no",
        "coverage": {"bytes_read": 512},
        "evidence": {"header_sha256": "00"},
        "tool": "lossproof 0",
    }
    assert said["reasons"] == [{"code": "weak_kdf", "text": "Guessing costs too little."}]


def test_a_layer_has_the_fields_that_outsiders_rely_on():
    (layer,) = read(output.inspection(SEEN))["layers"]
    assert layer["kdf"] == {"name": "argon2id", "hash": None, "iterations": 4, "memory_kib": 65536, "lanes": 4}
    assert layer["protectors"][0]["kdf"]["name"] == "pbkdf2"
    assert layer["extents"] == [{"offset_bytes": 0, "size_bytes": 4096, "content": "ciphertext"}]
    fixed = "scheme offset_bytes size_bytes uuid cipher key_bits kdf protectors state protection reasons layers"
    assert set(fixed.split()) <= set(layer)
    assert (layer["readable_without_secret"], layer["findings"]) == ("no", ["weak_kdf"])
    assert [inner["scheme"] for inner in layer["layers"]] == ["ext"]
    assert layer["layers"][0]["kdf"] is None


def test_a_holding_has_the_fields_that_outsiders_rely_on():
    said = read(output.holding(FOUND))
    assert said["people"] == {"low": 1, "point": 2, "high": 3}
    assert said["identifiers"] == {"nhs_number": {"distinct": 2, "mentions": 5}}
    assert said["not_examined"] == [{"path": "b.jpg", "reason": "photograph", "text": ""}]
    assert said["files"][0]["path"] == "a.csv"
    fixed = "target people people_by_category identifiers files named_only not_examined scanned"
    assert set(fixed.split()) <= set(said)
    assert "samples" not in said


def test_values_are_shown_only_where_they_were_asked_for():
    shown = Holding(target="x", samples={"email": ("a@example.org",)})
    assert read(output.holding(shown))["samples"] == {"email": ["a@example.org"]}


def test_a_verdict_holds_both_and_may_be_open():
    verdict = Verdict(
        target="x",
        exposed=None,
        standing=Standing.UNPROVEN,
        inspection=SEEN,
        holding=FOUND,
        reasons=(),
        valid_until="2031-01-01T00:00:00Z",
    )
    said = read(output.verdict(verdict))
    assert (said["exposed"], said["standing"], said["valid_until"]) == (None, "unproven", "2031-01-01T00:00:00Z")
    assert said["inspection"] == read(output.inspection(SEEN))
    assert said["holding"] == read(output.holding(FOUND))


def test_each_value_is_given_in_its_own_shape():
    verdict = Verdict(
        target="x", exposed=True, standing=Standing.UNPROTECTED, inspection=SEEN, holding=None, reasons=()
    )
    assert json.loads(output.to_json(SEEN)) == read(output.inspection(SEEN))
    assert json.loads(output.to_json(FOUND)) == read(output.holding(FOUND))
    assert json.loads(output.to_json(verdict)) == read(output.verdict(verdict))


def test_a_folder_has_no_inspection():
    verdict = Verdict(target="x", exposed=False, standing=Standing.PROTECTED, inspection=None, holding=None, reasons=())
    assert read(output.verdict(verdict)) == {
        "target": "x",
        "exposed": False,
        "standing": "protected",
        "inspection": None,
        "holding": None,
        "reasons": [],
        "valid_until": None,
    }


@given(st.text(alphabet=st.characters(codec=None)))
def test_any_name_gives_one_line_of_ascii_that_reads_back(name):
    line = output.line(output.holding(Holding(target=name)))
    assert line.encode("ascii").count(b"\n") == 0
    assert json.loads(line)["target"] == name
