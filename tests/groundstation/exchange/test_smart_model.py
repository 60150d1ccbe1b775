"""SMART's data model comes in and goes out whole; what is odd in it is named."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundstation.exchange.smart.extra import is_item
from groundstation.exchange.smart.model_xml import read_model, write_model
from groundstation.records.check import asked
from groundstation.records.model import AttributeType, CategoryDef, DataModel, Node
from groundstation.words import Refusal
from tests.groundstation.exchange.smart_files import MODEL, RICH, meaning


def test_model_says_what_the_file_says() -> None:
    model = read_model(MODEL).model
    assert model.languages == ["ru", "en"]
    count, action, told, species, note = model.attributes
    assert (count.type, count.is_required, count.minimum, count.maximum, count.icon) == (
        AttributeType.NUMERIC, True, 0.0, None, "number",
    )  # fmt: skip
    assert count.aggregations == ["sum"]
    assert action.values == [
        Node("seized", {"ru": "Изъято"}, children=[]),
        Node("left", {}, is_active=False, children=[]),
    ]
    assert told.type is AttributeType.MLIST
    assert species.values == [
        Node("deer", {}, children=[Node("sika", {}, children=[], icon="sika")])
    ]
    assert note.regex == "[а-я]+"
    (violation,) = model.categories
    assert violation.names == {"ru": "Нарушение"}
    (snare,) = violation.children
    assert (snare.key, snare.is_multiple, snare.icon) == ("snare", False, "snare")
    assert [(use.key, use.is_active) for use in snare.attributes] == [("action", False)]


def test_model_comes_back_element_by_element() -> None:
    assert meaning(write_model(read_model(MODEL).model)) == meaning(MODEL)


def test_real_model_comes_back_element_by_element(shared: Path) -> None:
    raw = (shared / "data/patrol/smart_datamodel_v1.1_png.xml").read_bytes()
    read = read_model(raw)
    assert read.remarks == []
    assert meaning(write_model(read.model)) == meaning(raw)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b'key="snare"', b'key=""', "no_key"),
        (b'key="snare"', b'key="a.b"', "bad_key"),
        (b'key="left"', b'key="seized"', "twice"),
        (b'type="MLIST"', b'type="COLOUR"', "unknown_type"),
        (b'attributekey="action"', b'attributekey="gone"', "no_such_attribute"),
        (b"<MinValue>0.0<", b"<MinValue>nothing<", "bad_value"),
        (b"<qa_minmax>", b"<surprise/><qa_minmax>", "unknown_element"),
        (b'iconkey="sika"', b'picture="sika"', "unknown_field"),
        (b"/1.1/datamodel", b"/2.7/datamodel", "newer_version"),
        (b"</categories>", b"", "broken"),
    ],
)
def test_what_is_odd_in_a_model_is_named(old: bytes, new: bytes, code: str) -> None:
    assert old in MODEL
    read = read_model(MODEL.replace(old, new))
    assert code in [remark.code for remark in read.remarks]
    assert read.model.attributes[0].key == "count"
    for remark in read.remarks:
        assert remark.text("ru") != remark.text("en")


def test_another_document_is_refused_by_its_name() -> None:
    with pytest.raises(Refusal, match="no SMART data model but <patrol>"):
        read_model(RICH)


def test_known_keys_are_paths_for_trees_and_plain_for_lists() -> None:
    rules = asked(read_model(MODEL).model)
    assert set(rules.categories) == {"violation.", "violation.snare."}
    assert is_item(rules, "species", "deer.sika.")
    assert is_item(rules, "action", "left")
    assert not is_item(rules, "told", "police")
    assert not is_item(rules, "nothing", "deer.")


_KEYS = st.text("abcdefghij_0123456789", min_size=1, max_size=8)
_NAMES = st.dictionaries(st.sampled_from(["ru", "en"]), st.text(max_size=8), max_size=2)
_CATEGORIES = st.recursive(
    st.builds(CategoryDef, key=_KEYS, names=_NAMES),
    lambda inside: st.builds(
        CategoryDef,
        key=_KEYS,
        names=_NAMES,
        is_active=st.booleans(),
        children=st.lists(inside, max_size=3, unique_by=lambda category: category.key),
    ),
    max_leaves=6,
)


@settings(max_examples=40, deadline=None)
@given(st.lists(_CATEGORIES, max_size=3, unique_by=lambda category: category.key))
def test_any_model_is_read_as_it_was_written(categories: list[CategoryDef]) -> None:
    written = write_model(DataModel(["ru"], [], categories))
    read = read_model(written)
    assert read.remarks == []
    assert write_model(read.model) == written
