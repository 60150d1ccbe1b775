"""The data model a station starts with, and how it is changed without losing a record."""

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

import groundstation
from groundstation.exchange.smart.model_xml import read_model, write_model
from groundstation.records.check import asked
from groundstation.records.model import AttributeType, AttributeUse, CategoryDef, DataModel, Node
from groundstation.records.primorye import primorye
from groundstation.store import models, observations, terms
from groundstation.words import Refusal
from tests.groundstation.records.books import BOSS, NOW, Books, observation

PACKAGE = Path(groundstation.__file__).parent


def _categories(model: DataModel) -> dict[str, CategoryDef]:
    found: dict[str, CategoryDef] = {}

    def walk(categories: object, parent: str) -> None:
        for category in categories:  # type: ignore[attr-defined]
            found[f"{parent}{category.key}."] = category
            walk(category.children, f"{parent}{category.key}.")

    walk(model.categories, "")
    return found


def test_what_a_waypoint_may_mean_is_one_tap_from_being_filed() -> None:
    rows = tomllib.loads((PACKAGE / "dock" / "observations.toml").read_text("utf-8"))
    codes = {f"{row['code']}." for row in rows["observation"]}
    assert codes <= asked(primorye()).categories.keys()


def test_our_model_is_whole_and_goes_through_smarts_file_unchanged() -> None:
    model = primorye()
    models.check(model)
    back = read_model(write_model(model))
    assert list(back.remarks) == []
    assert asked(back.model).categories == asked(model).categories
    for of in (*model.attributes, *_categories(model).values()):
        assert set(of.names) == {"ru", "en"}, of.key
    for attribute in model.attributes:
        listed = attribute.type in (AttributeType.LIST, AttributeType.MLIST, AttributeType.TREE)
        assert bool(attribute.values) == listed, attribute.key


def test_what_is_sensitive_and_personal_names_what_there_is() -> None:
    beside = tomllib.loads((PACKAGE / "records" / "primorye.toml").read_text("utf-8"))
    model = primorye()
    known = _categories(model)
    assert set(beside["sensitivity"]) <= known.keys()
    assert set(beside["personal"]) <= {attribute.key for attribute in model.attributes}
    assert known["leopard.den."].sensitivity == 1
    assert known["leopard.sign."].sensitivity == 2
    assert known["tiger.track."].sensitivity is None  # as its parent says
    assert known["tiger."].sensitivity == 3


def test_a_changed_model_is_in_force_and_the_old_ones_are_kept(both_books: Books) -> None:
    with both_books() as c:
        assert models.stored(c).model == models.OURS
        ours = models.current(c)
        den = CategoryDef("village", {"ru": "Село"}, attributes=[AttributeUse("count")])
        one = models.put(c, replace(ours, categories=[*ours.categories, den]), BOSS, NOW, 0)
        same = models.put(c, one.document, BOSS, NOW, 0)
        assert same.model == one.model
        with pytest.raises(Refusal) as refused:
            models.put(c, ours, BOSS, NOW, 0)
        assert refused.value.code == "changed_elsewhere"
        two = models.put(c, ours, BOSS, NOW, one.model)
        assert [state.model for state in models.history(c)] == [two.model, one.model]
        assert asked(models.stored(c, one.model).document).categories["village."] == {"count"}
        assert models.current(c) == models.stored(c, two.model).document


@pytest.mark.parametrize(
    ("what", "gone"),
    [("category", "tiger.track."), ("attribute", "substrate"), ("value", "substrate: snow")],
)
def test_nothing_that_records_hold_leaves_the_model(books: Books, what: str, gone: str) -> None:
    with books() as c:
        ours = models.current(c)
        made = observation(attributes={"substrate": "snow"})
        observations.file(c, made, BOSS, NOW)
        observations.withdraw(c, made.observation_id, 1, "лишнее", BOSS, NOW)

        def without(node: Node) -> bool:
            return node.key != "snow"

        categories = [category for category in ours.categories if category.key != "tiger"]
        kept = [a for a in ours.attributes if a.key != "substrate"]
        (of,) = [a for a in ours.attributes if a.key == "substrate"]
        cut = {
            "category": replace(ours, categories=categories),
            "attribute": replace(ours, attributes=kept, categories=()),
            "value": replace(
                ours,
                attributes=[*kept, replace(of, values=[v for v in of.values if without(v)])],
            ),
        }[what]
        if what == "attribute":
            bare = [replace(x, attributes=(), children=()) for x in ours.categories]
            cut = replace(cut, categories=[x for x in bare if x.key == "tiger"])
            tiger = [replace(x, attributes=()) for x in _children(ours, "tiger")]
            cut = replace(cut, categories=[replace(cut.categories[0], children=tiger)])
        with pytest.raises(Refusal) as refused:
            models.put(c, cut, BOSS, NOW)
        assert (refused.value.code, refused.value.values["what"]) == ("in_use", gone)


def _children(model: DataModel, key: str) -> list[CategoryDef]:
    return list(next(x for x in model.categories if x.key == key).children)


def test_terms_are_those_every_station_has_and_the_parks_own(books: Books) -> None:
    with books() as c:
        assert terms.by_label(c, "transport", "на лыжах", "ru") == "ski"
        terms.put(c, "transport", "ski", {"ru": "Лыжи"}, "GROUND", active=False)
        terms.put(c, "team", "north", {"ru": "Северная"})
        ski = next(term for term in terms.find(c) if term.key == "ski")
        assert (ski.names, ski.active) == ({"ru": "Лыжи"}, False)
        assert terms.by_label(c, "team", "СЕВЕРНАЯ") == "north"
        assert terms.by_label(c, "team", "южная") is None
