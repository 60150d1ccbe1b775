"""Marked places become proposed observations, by a table that people edit.

A proposal names a category, how sure the table is, and each rule that spoke for it, so that a
person can agree or not. Nothing is ever filed here. The table is `observations.toml` beside this
file, or the station's own; its head says how to write it.

Confidences of independent rules for one category add up as 1 - (1 - a)(1 - b): they rank
proposals for a person and are no probabilities anybody measured.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from firmware_bridge.errors import ConfigError
from firmware_bridge.tracks import Waypoint

PREFIX_SHARE, SYMBOL_SHARE, NEGATED_SHARE = 0.75, 0.5, 0.25
MAX_TEXT = 2000
"""Characters of one text that are looked at."""
_NEGATION_REACH = 2
_START = 2
_WORD = re.compile(r"\w+(?:/\w+)*")
_CLAUSE = re.compile(r"[.,;:!?()\n]|\s[-–—]\s")
Phrase = tuple[str, ...]
Share = Annotated[float, Field(gt=0, le=1)]
Text = Annotated[str, Field(min_length=1)]
Words = Annotated[str, Field(pattern=r"^(\w{2,}(/\w+)*\*?|\w/\w+\*?)( \w{2,}\*?)*$")]
"""Words of two letters and more, a * at the end of any."""


class Observation(BaseModel):
    """One category and what points to it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    code: Annotated[str, Field(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)*$")]
    ru: Text
    en: Text
    words: list[Words] = []
    prefixes: list[Text] = []
    symbols: list[Text] = []
    confidence: Share = 0.8


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    negations: list[Text] = []
    observation: Annotated[list[Observation], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Reason:
    """The rule that spoke."""

    rule: str
    """`word`, `prefix` or `symbol`."""
    field: str
    """Of the waypoint: `name`, `comment`, `description`, `symbol`."""
    pattern: str
    """As it stands in the table."""
    negated: bool = False
    """A "no" stands beside it."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a marked place may be."""

    category: str
    confidence: float
    reasons: Sequence[Reason]


@dataclass(frozen=True, slots=True)
class Table:
    """The rules, ready to be asked."""

    categories: Mapping[str, Observation]
    words: Sequence[tuple[Phrase, str, Observation]]
    """Words to be found, as written in the table, whose; entries of most words first."""
    words_by_start: Mapping[str, Sequence[int]]
    """First two letters of an entry's first word -> places in `words`."""
    prefixes: Sequence[tuple[str, Observation]]
    symbols: Mapping[str, Sequence[Observation]]
    negations: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Vote:
    observation: Observation
    reason: Reason
    confidence: float


def load_table(path: Path | None = None) -> Table:
    """The station's table, or the one that comes with the program.

    Raises ConfigError naming file, key and value.
    """
    source = path or files("groundstation.dock") / "observations.toml"
    try:
        table = _File.model_validate(tomllib.loads(source.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{source}: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{source}: {key}: {first['msg']} (is {first['input']!r})") from error
    codes = [observation.code for observation in table.observation]
    twice = next((code for code in codes if codes.count(code) > 1), None)
    if twice:
        raise ConfigError(f"{source}: observation.code: {twice!r} is there twice")
    return _compiled(table)


def _compiled(table: _File) -> Table:
    words = [
        (tuple(_fold(text).split()), text, observation)
        for observation in table.observation
        for text in observation.words
    ]
    words.sort(key=lambda entry: -len(entry[0]))
    by_start: dict[str, list[int]] = {}
    for place, (phrase, _, _) in enumerate(words):
        by_start.setdefault(phrase[0][:_START], []).append(place)
    symbols: dict[str, list[Observation]] = {}
    for observation in table.observation:
        for symbol in observation.symbols:
            symbols.setdefault(_fold(symbol), []).append(observation)
    return Table(
        categories={observation.code: observation for observation in table.observation},
        words=words,
        words_by_start=by_start,
        prefixes=[(_fold(p), o) for o in table.observation for p in o.prefixes],
        symbols=symbols,
        negations=frozenset(_fold(word) for word in table.negations),
    )


def propose(waypoint: Waypoint, table: Table) -> list[Proposal]:
    """What the table makes of a marked place, the surest first; mostly nothing."""
    votes: dict[str, list[_Vote]] = {}
    for vote in _votes(waypoint, table):
        votes.setdefault(vote.observation.code, []).append(vote)
    found = [
        Proposal(code, _together(given), [vote.reason for vote in given])
        for code, given in votes.items()
    ]
    return sorted(found, key=lambda proposal: (-proposal.confidence, proposal.category))


def _votes(waypoint: Waypoint, table: Table) -> Iterator[_Vote]:
    for field, text in (
        ("name", waypoint.name),
        ("comment", waypoint.comment),
        ("description", waypoint.description),
    ):
        for clause in _CLAUSE.split(_fold((text or "")[:MAX_TEXT])):
            yield from _votes_of_words(field, _WORD.findall(clause), table)
    prefix = re.match(r"([^\W\d]+)[\s_.№#-]*\d+$", _fold(waypoint.name.strip()[:MAX_TEXT]))
    for letters, observation in table.prefixes if prefix else ():
        if prefix and prefix[1] == letters:
            reason = Reason("prefix", "name", letters.upper())
            yield _Vote(observation, reason, PREFIX_SHARE * observation.confidence)
    for observation in table.symbols.get(_fold(waypoint.symbol or ""), ()):
        reason = Reason("symbol", "symbol", waypoint.symbol or "")
        yield _Vote(observation, reason, SYMBOL_SHARE * observation.confidence)


def _votes_of_words(field: str, words: list[str], table: Table) -> Iterator[_Vote]:
    """Entries of more words come first, and what they took speaks for nothing else."""
    taken: dict[int, int] = {}
    starts = {word[:_START] for word in words}
    for place in sorted(at for start in starts for at in table.words_by_start.get(start, ())):
        phrase, pattern, observation = table.words[place]
        places = _places(phrase, words)
        if places is None or any(taken.get(at, 0) > len(phrase) for at in places):
            continue
        taken |= {at: len(phrase) for at in places}
        low, high = min(places) - _NEGATION_REACH, max(places) + _NEGATION_REACH
        beside = set(words[max(0, low) : high + 1]) - {words[at] for at in places}
        negated = not table.negations.isdisjoint(beside)
        share = NEGATED_SHARE if negated else 1.0
        reason = Reason("word", field, pattern, negated)
        yield _Vote(observation, reason, share * observation.confidence)


def _places(phrase: Phrase, words: Sequence[str]) -> list[int] | None:
    """Where each word of the phrase stands; None unless all are there."""
    places: list[int] = []
    for wanted in phrase:
        stem = wanted.removesuffix("*")
        exact = stem == wanted
        at = next(
            (
                i
                for i, word in enumerate(words)
                if i not in places and (word == stem if exact else word.startswith(stem))
            ),
            None,
        )
        if at is None:
            return None
        places.append(at)
    return places


def _together(votes: Sequence[_Vote]) -> float:
    """One rule of a kind counts, the surest; kinds add up."""
    doubt = 1.0
    for kind in {vote.reason.rule for vote in votes}:
        doubt *= 1 - max(vote.confidence for vote in votes if vote.reason.rule == kind)
    return round(1 - doubt, 3)


def _fold(text: str) -> str:
    return text.casefold().replace("ё", "е")
