"""What people write on a waypoint becomes a proposal a person can check, and never more."""

import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.errors import ConfigError
from firmware_bridge.files import read_file
from firmware_bridge.tracks import Waypoint
from groundstation.dock.proposals import Reason, Table, load_table, propose

TABLE = load_table()


def waypoint(name: str = "001", comment: str | None = None, symbol: str | None = None) -> Waypoint:
    return Waypoint(name, 43.5, 131.5, comment=comment, symbol=symbol)


def best(place: Waypoint) -> str | None:
    found = propose(place, TABLE)
    return found[0].category if found else None


@pytest.mark.parametrize(
    ("place", "category"),
    [
        (waypoint(comment="Капкан на тропе"), "violation.trap"),
        (waypoint(comment="снял 3 петли"), "violation.snare"),
        (waypoint(comment="SNARE, removed"), "violation.snare"),
        (waypoint("ПТ12"), "violation.snare"),
        (waypoint("SN-003"), "violation.snare"),
        (waypoint("KAPKAN"), "violation.trap"),
        (waypoint(comment="Свежий след тигра, пятка 10.5"), "tiger.track"),
        (waypoint(comment="тигр, следы двух дней"), "animal.track"),  # two clauses, two things
        (waypoint(comment="тигра следы"), "tiger.track"),
        (waypoint("SLED TIGRA"), "tiger.track"),
        (waypoint(comment="tiger cub"), "tiger.cub"),
        (waypoint(comment="ТИГР"), "tiger.sign"),
        (waypoint(comment="Скрёб леопарда"), "leopard.scrape"),
        (waypoint("ФЛ 7"), "camera_trap"),
        (waypoint(comment="фотоловушка, сменил карту"), "camera_trap"),
        (waypoint(symbol="Campground"), "infrastructure.camp"),
        (waypoint(symbol="Skull and Crossbones"), "violation.people"),
        (waypoint(comment="20-JUL-26 9:11:32AM"), None),
        (waypoint("042", symbol="Flag, Blue"), None),
        (waypoint(""), None),
        (waypoint("ПТИЦА"), None),
        (waypoint("SNOW 3"), None),
    ],
)
def test_a_place_is_proposed_as_what_its_maker_wrote(place: Waypoint, category: str | None) -> None:
    categories = [proposal.category for proposal in propose(place, TABLE)]
    assert (category in categories) if category else categories == []
    if category and category != "animal.track":
        assert best(place) == category


def test_a_proposal_says_which_rule_spoke_and_more_rules_are_surer() -> None:
    (by_word,) = propose(waypoint(comment="зимовье"), TABLE)
    assert by_word.reasons == [Reason("word", "comment", "зимовь*")]
    (by_both,) = propose(waypoint(comment="зимовье", symbol="Lodging"), TABLE)
    assert {reason.rule for reason in by_both.reasons} == {"word", "symbol"}
    assert 0.7 == by_word.confidence < by_both.confidence < 1


def test_the_more_exact_entry_takes_the_words_of_the_general_ones() -> None:
    categories = [p.category for p in propose(waypoint(comment="след тигра"), TABLE)]
    assert categories == ["tiger.track"]


def test_a_no_beside_the_word_makes_it_doubtful_and_says_so() -> None:
    (denied,) = propose(waypoint(comment="нет капканов"), TABLE)
    (found,) = propose(waypoint(comment="капкан"), TABLE)
    assert denied.confidence == pytest.approx(found.confidence / 4)
    assert denied.reasons[0].negated
    (other_clause,) = propose(waypoint(comment="прохода нет, капкан"), TABLE)
    assert other_clause.confidence == found.confidence


def test_the_station_s_own_table_stands_above_ours(tmp_path: Path) -> None:
    own = tmp_path / "observations.toml"
    own.write_text(
        '[[observation]]\ncode = "park.yew"\nru = "Тис"\nen = "Yew"\nwords = ["тис"]\n', "utf-8"
    )
    table = load_table(own)
    assert [p.category for p in propose(waypoint(comment="Тис, 3 шт."), table)] == ["park.yew"]
    assert propose(waypoint(comment="капкан"), table) == []


HEAD = '[[observation]]\nru = "a"\nen = "a"\n'


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("observation = []", "observation"),
        (HEAD + 'code = "A B"', "observation.0.code"),
        (HEAD + 'code = "a"\nword = ["x"]', "observation.0.word"),
        (HEAD + 'code = "a"\nconfidence = 2', "confidence"),
        (HEAD + 'code = "a"\n' + HEAD + 'code = "a"', "'a' is there twice"),
        ("[[observation", "end of document"),
        (HEAD + 'code = "a"\nwords = ["*"]', "observation.0.words.0"),
    ],
)
def test_a_mistake_in_the_table_is_named(tmp_path: Path, text: str, named: str) -> None:
    own = tmp_path / "own.toml"
    own.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=re.escape(named)) as raised:
        load_table(own)
    assert "own.toml" in str(raised.value)
    with pytest.raises(ConfigError, match=r"absent\.toml"):
        load_table(tmp_path / "absent.toml")


def test_every_category_has_names_and_something_that_points_to_it() -> None:
    for observation in TABLE.categories.values():
        assert observation.ru != observation.en
        assert observation.words or observation.prefixes or observation.symbols


@given(st.text(max_size=300), st.none() | st.text(max_size=300), st.none() | st.text(max_size=40))
def test_no_text_breaks_it(name: str, comment: str | None, symbol: str | None) -> None:
    for proposal in propose(Waypoint(name, 0, 0, comment=comment, symbol=symbol), TABLE):
        assert 0 < proposal.confidence < 1
        assert proposal.reasons


def test_garmin_s_own_symbols_are_proposed_only_where_the_table_names_them(shared: Path) -> None:
    contents = read_file(shared / "data" / "gps" / "viking__WaypointSymbols.gpx")
    symbols = {p.symbol for p in contents.waypoints if p.symbol}
    assert len(symbols) > 100
    for symbol in symbols:
        named = {o.code for o in TABLE.categories.values() if symbol in o.symbols}
        assert {p.category for p in propose(waypoint(symbol=symbol), TABLE)} == named


def test_ten_thousand_waypoints_take_seconds() -> None:
    table: Table = TABLE
    place = waypoint("КОРДОН 17", "обход участка у реки, встретили инспекторов, погода ясная")
    start_s = time.process_time()
    for _ in range(10_000):
        propose(place, table)
    assert time.process_time() - start_s < 10
