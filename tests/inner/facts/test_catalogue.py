"""The catalogue: every declared fact can be entered, kept, read back and said."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaowu.basics import canonical
from kaowu.basics.clock import Instant
from kaowu.basics.errors import Refused
from kaowu.basics.ids import new_fact_id
from kaowu.facts.catalogue import kind_named, kinds
from kaowu.facts.envelope import NO_PREVIOUS, Actor, Envelope, commitment
from kaowu.facts.reference import page
from kaowu.facts.spelling import Shape

ALL = list(kinds().values())
by_name = pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)


def sample(spec):
    """A value that fits the field."""
    return {
        Shape.TEXT: "一段文字",
        Shape.IDENTIFIER: "007",
        Shape.IDENTIFIERS: ("01", "02"),
        Shape.NUMBER: min(max(3, spec.at_least), spec.at_most),
        Shape.INSTANT: 1_812_330_000_000,
        Shape.CHOICE: spec.choices[0][0] if spec.choices else "",
        Shape.YES_NO: True,
        Shape.DIGEST: bytes(range(32)),
    }[spec.shape]


def made(kind):
    return kind.read({spec.name: sample(spec) for spec in kind.fields})


def wrapped(kind):
    fact = made(kind)
    personal, salt = kind.personal_part(fact), b"s" * 32
    return Envelope(
        id=new_fact_id(Instant(1), b"0123456789"),
        kind=kind.name,
        exam="e",
        site=None,
        device="d",
        device_seq=1,
        device_prev=NO_PREVIOUS,
        stamped_at=Instant(1),
        time_source="node",
        actors=(Actor("a", "site_chief"),),
        subject="s",
        payload=kind.open_part(fact),
        commitment=commitment(personal, salt),
    ), personal


@by_name
def test_a_fact_survives_its_way_through_the_journal(kind):
    envelope, personal = wrapped(kind)
    again = Envelope.from_bytes(envelope.to_bytes())
    assert again == envelope
    assert again.fact(personal) == made(kind)


@by_name
def test_a_fact_can_be_read_after_its_personal_fields_were_erased(kind):
    envelope, _ = wrapped(kind)
    assert Envelope.from_bytes(envelope.to_bytes()).fact().kind is kind


@by_name
def test_no_personal_field_stands_in_the_entry_or_on_the_timeline(kind):
    said = kind.say(made(kind))
    for spec in kind.fields:
        if spec.personal:
            assert spec.name not in kind.open_part(made(kind))
            assert "一段文字" not in said.zh + said.en or any(
                other.shape is Shape.TEXT and not other.personal for other in kind.fields
            )


@by_name
def test_every_name_is_in_both_languages(kind):
    words = [kind.label, kind.line, *(spec.label for spec in kind.fields)]
    words += [said for spec in kind.fields for _, said in spec.choices]
    assert all(said.zh and said.en and said.zh != said.en for said in words)
    assert kind.story
    assert f"`{kind.name}`" in page()


@by_name
def test_a_fact_is_frozen(kind):
    with pytest.raises(dataclasses.FrozenInstanceError):
        made(kind).anything = 1


def test_all_fields_at_fault_are_named_at_once_with_what_to_do():
    with pytest.raises(Refused) as refused:
        kind_named("packet_collected").read({"packet": "P", "sheets": "many", "state": "lost", "nonsense": 1})
    said = refused.value.sentence.zh
    assert all(word in said for word in ("新封条号", "份数", "袋况", "nonsense"))
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sheets", -1),
        ("sheets", 501),
        ("sheets", 3.0),
        ("sheets", True),
        ("sheets", "１２３"),
        ("packet", "x" * 65),
        ("packet", 7),
        ("packet", "a\x00b"),
        ("packet", "   "),
        ("state", "INTACT"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(field, value):
    good = {"packet": "P1", "seal": "R1", "sheets": 31, "state": "intact"}
    assert kind_named("packet_collected").read(good)
    with pytest.raises(Refused, match="fact_unreadable"):
        kind_named("packet_collected").read(good | {field: value})


def test_leading_zeros_stay():
    fact = kind_named("candidate_absent").read({"admission_number": " 0070001 "})
    assert fact.admission_number == "0070001"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(ALL), st.data())
def test_whatever_is_sent_is_a_fact_with_canonical_bytes_or_a_refusal(kind, data):
    names = st.sampled_from([spec.name for spec in kind.fields]) | st.text(max_size=5)
    values = data.draw(st.dictionaries(names, json_values, max_size=8))
    try:
        fact = kind.read(values)
    except Refused as refused:
        assert refused.sentence.zh and refused.sentence.en
        return
    assert canonical.encode(kind.open_part(fact))


def test_an_unknown_kind_is_refused_by_name():
    with pytest.raises(Refused, match="nonsense"):
        kind_named("nonsense")
