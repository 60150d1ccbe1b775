"""The data model in force, and every state it was ever in.

Until one is stored, ours is: `records/primorye.xml` and `records/primorye.toml`. A category,
attribute or value that records hold is never removed, only made inactive: a record must stay
readable. A change is put with the number of the state it was made from.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import Connection, select

from groundstation.access.account import Account
from groundstation.records.check import Asked, asked
from groundstation.records.model import CategoryDef, DataModel, Node
from groundstation.records.primorye import primorye
from groundstation.records.words import FILING
from groundstation.store import audit
from groundstation.store.tables import data_models, observations
from groundstation.words import Refusal

_ADAPTER = TypeAdapter(DataModel)
OURS = 0
"""Number of the state before any was stored."""


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A state of the data model."""

    model: int
    """Its number; 0: ours, nobody changed it yet."""
    document: DataModel


@dataclass(frozen=True, slots=True)
class State:
    """One line of the history."""

    model: int
    time_utc: datetime
    who: str


def current(connection: Connection) -> DataModel:
    """The one in force."""
    return stored(connection).document


def stored(connection: Connection, model: int | None = None) -> StoredModel:
    """The state of that number, or the last one. LookupError when there is none of that number."""
    m = data_models.c
    statement = select(m.model, m.document).order_by(m.model.desc()).limit(1)
    if model is not None:
        statement = statement.where(m.model == model)
    row = connection.execute(statement).one_or_none()
    if row is None:
        if model not in (None, OURS):
            raise LookupError(f"there is no data model {model}")
        return StoredModel(OURS, primorye())
    return StoredModel(row.model, _ADAPTER.validate_python(row.document))


def put(
    connection: Connection,
    model: DataModel,
    account: Account,
    now_utc: datetime,
    base: int | None = None,
) -> StoredModel:
    """A new state, made from the one of number `base`; None: whatever is in force.

    The same document again is answered as done. Raises Refusal when somebody else was faster,
    when the model contradicts itself, or when it lacks what records hold.
    """
    before = stored(connection)
    if before.document == model or _ADAPTER.dump_python(before.document, mode="json") == (
        _ADAPTER.dump_python(model, mode="json")
    ):
        return before
    if base is not None and base != before.model:
        raise Refusal(FILING, "changed_elsewhere", 409, revision=before.model)
    check(model)
    _check_use(connection, asked(before.document), asked(model))
    document = _ADAPTER.dump_python(model, mode="json")
    values = {"time_utc": now_utc, "who": account.login, "document": document}
    key = connection.execute(data_models.insert().values(values)).inserted_primary_key
    assert key is not None
    audit.append(connection, account, "changed", "model", str(key[0]), {}, now_utc)
    return StoredModel(key[0], model)


def history(connection: Connection) -> list[State]:
    """Newest first."""
    m = data_models.c
    rows = connection.execute(select(m.model, m.time_utc, m.who).order_by(m.model.desc()))
    return [State(*row) for row in rows]


def check(model: DataModel) -> None:
    """Raises Refusal when keys are twice or name nothing."""
    known = _once("attribute", [attribute.key for attribute in model.attributes])
    for attribute in model.attributes:
        _check_nodes(attribute.key, attribute.values)
    _check_categories(model.categories, known)


def _check_categories(categories: Sequence[CategoryDef], known: set[str]) -> None:
    _once("category", [category.key for category in categories])
    for category in categories:
        for use in category.attributes:
            if use.key not in known:
                raise Refusal(FILING, "model_broken", what=f"attribute {use.key}")
        _check_categories(category.children, known)


def _check_nodes(attribute: str, nodes: Sequence[Node]) -> None:
    _once(f"value of {attribute}", [node.key for node in nodes])
    for node in nodes:
        _check_nodes(attribute, node.children)


def _once(what: str, keys: Sequence[str]) -> set[str]:
    for key in keys:
        if not key or "." in key or key.split() != [key] or keys.count(key) > 1:
            raise Refusal(FILING, "model_broken", what=f"{what} '{key}'")
    return set(keys)


def _check_use(connection: Connection, before: Asked, after: Asked) -> None:
    """What goes away must not be in any record."""
    gone = before.categories.keys() - after.categories.keys()
    used = set(connection.scalars(select(observations.c.category).distinct())) if gone else set()
    for category in sorted(gone & used):
        raise Refusal(FILING, "in_use", 409, what=category)
    attributes = before.attributes.keys() - after.attributes.keys()
    values = {
        (key, value)
        for key, known in before.values.items()
        if key in after.values
        for value in known - after.values[key]
    }
    if attributes or values:
        for what in sorted(_in_records(connection, attributes, values)):
            raise Refusal(FILING, "in_use", 409, what=what)


def _in_records(
    connection: Connection, attributes: set[str], values: set[tuple[str, str]]
) -> Iterator[str]:
    """Which of them some observation holds."""
    for (given,) in connection.execute(select(observations.c.attributes)):
        for key, value in given.items():
            base = key.partition("#")[0]
            if base in attributes:
                yield base
            chosen = value if isinstance(value, list) else [value]
            for one in chosen:
                if isinstance(one, str) and (base, one) in values:
                    yield f"{base}: {one}"
