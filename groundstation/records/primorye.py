"""The data model a station starts with: `primorye.xml`, as SMART has it, and `primorye.toml`."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.resources import files

from groundstation.exchange.smart.model_xml import read_model
from groundstation.records.model import CategoryDef, DataModel

_HERE = files("groundstation.records")


def primorye() -> DataModel:
    """Ours, with what SMART's file has no word for."""
    model = read_model((_HERE / "primorye.xml").read_bytes(), "primorye.xml").model
    beside = tomllib.loads((_HERE / "primorye.toml").read_text("utf-8"))
    personal = frozenset(beside["personal"])
    attributes = [replace(a, personal=a.key in personal) for a in model.attributes]
    categories = _with_sensitivity(model.categories, "", beside["sensitivity"])
    return replace(model, attributes=attributes, categories=categories)


def _with_sensitivity(
    categories: Sequence[CategoryDef], parent: str, levels: Mapping[str, int]
) -> list[CategoryDef]:
    found = []
    for category in categories:
        hkey = f"{parent}{category.key}."
        children = _with_sensitivity(category.children, hkey, levels)
        found.append(replace(category, sensitivity=levels.get(hkey), children=children))
    return found
