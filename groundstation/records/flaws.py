"""What may be odd about a record that is kept all the same: code -> (Russian, English).

A record lists codes; one that speaks of something has it behind a colon, `unknown_attribute:age`,
and its sentence says it as `{what}`. Codes of CHECKED are found by the station each time a record
is filed; the others come with it from where it was read, and stay.
"""

from collections.abc import Iterable

from groundstation.words import Language, Table, say

MAX_WHAT = 120

CHECKED: Table = {
    # Of a raid.
    "ends_before_start": ("Конец раньше начала.", "It ends before it begins."),
    "day_outside_leg": ("День {what} вне сроков этапа.", "Day {what} is outside its leg."),
    "leg_outside_raid": ("Этап {what} вне сроков рейда.", "Leg {what} is outside the raid."),
    "no_legs": ("Не указано, кто и когда ходил.", "It does not say who went when."),
    "no_days": ("У этапа {what} нет ни одного дня.", "Leg {what} has no day."),
    "no_members": ("У этапа {what} нет участников.", "Leg {what} has no members."),
    "no_leader": ("У этапа {what} нет старшего.", "Leg {what} has no leader."),
    "many_leaders": ("У этапа {what} не один старший.", "Leg {what} has more than one leader."),
    "rest_too_long": (
        "{what}: отдых длиннее самого дня.",
        "{what}: the rest is longer than the day itself.",
    ),
    "no_ambush_place": ("Не указано место засады.", "The place of the ambush is missing."),
    "no_vehicle": ("Не указан борт.", "The vehicle is missing."),
    "no_route": ("Не указан учёт или маршрут.", "The count or its route is missing."),
    "way_outside_days": (
        "Трек идёт и {what}, а такого дня в рейде нет.",
        "The track goes on {what}, a day the raid does not have.",
    ),
    "too_fast": (
        "Скорость {what} км/ч слишком велика для этого транспорта.",
        "{what} km/h is too fast for this means of transport.",
    ),
    "overlaps": (
        "Кто-то из участников в то же время записан в рейде {what}.",
        "One of its members is at the same time in raid {what}.",
    ),
    "track_elsewhere": (
        "Тот же трек подан и в рейде {what}.",
        "The same track was filed in raid {what} too.",
    ),
    "same_number": (
        "Под этим номером есть ещё один рейд.",
        "Another raid has the same number.",
    ),
    "in_future": ("Время ещё не наступило.", "Its time has not come yet."),
    # Of an observation.
    "unknown_category": (
        "Категории {what} нет в модели данных.",
        "The data model has no category {what}.",
    ),
    "unknown_attribute": (
        "Признака {what} нет в модели данных.",
        "The data model has no attribute {what}.",
    ),
    "not_asked": (
        "О признаке {what} в этой категории не спрашивают.",
        "Attribute {what} is not asked in this category.",
    ),
    "unknown_value": (
        "Такого значения нет в списке: {what}.",
        "There is no such value in the list: {what}.",
    ),
    "wrong_type": ("Значение не того вида: {what}.", "A value of the wrong kind: {what}."),
    "out_of_range": ("Значение вне пределов: {what}.", "A value out of its limits: {what}."),
    "missing": ("Не заполнено: {what}.", "Left out: {what}."),
    "outside_raid": (
        "Наблюдение сделано не в дни рейда.",
        "It was not made on the raid's days.",
    ),
    "far_from_way": (
        "Место больше чем в 20 км от пути рейда.",
        "The place is more than 20 km away from the raid's way.",
    ),
    "no_time": ("Время неизвестно.", "The time is not known."),
    "no_place": ("Место неизвестно.", "The place is not known."),
}
"""Found here, anew each time."""

BROUGHT: Table = {
    "ambiguous_time": (
        "Перевод часов: это время было дважды.",
        "The clocks were changed: this time came twice.",
    ),
    "nonexistent_time": (
        "Перевод часов: такого времени не было.",
        "The clocks were changed: there was no such time.",
    ),
    "duplicate_attribute": (
        "Признак {what} указан несколько раз.",
        "Attribute {what} is there several times.",
    ),
    "bad_value": ("Не удалось прочесть: {what}.", "Could not be read: {what}."),
    "file_broken": (
        "Файл обрывается внутри этой записи.",
        "The file breaks off within this record.",
    ),
    "distance_differs": (
        "Длина трека в файле другая: {what}.",
        "The file gives another length of the track: {what}.",
    ),
    "duplicate_day": ("День {what} указан дважды.", "Day {what} is there twice."),
    "person_unnamed": (
        "Участник без имени и номера: {what}.",
        "A member without name and number: {what}.",
    ),
    # Of a photograph.
    "taken_outside_raid": (
        "Снимок сделан не в дни рейда.",
        "The photograph was not taken on the raid's days.",
    ),
    "damaged_picture": ("Снимок повреждён.", "The picture is damaged."),
    "not_a_picture": ("Это не снимок.", "This is not a picture."),
}
"""Come with a record, or belong to a file."""

FLAWS: Table = {**CHECKED, **BROUGHT}


def flaw(code: str, what: object = None) -> str:
    """The entry for a record's list."""
    return code if what is None else f"{code}:{str(what)[:MAX_WHAT]}"


def sentence(entry: str, language: Language) -> str:
    """What it says to people; a code nobody knows is said as it is."""
    code, _, what = entry.partition(":")
    return say(FLAWS, code, language, what=what or "?") if code in FLAWS else entry


def brought(entries: Iterable[str]) -> list[str]:
    """Those that came with a record and that no check can find again."""
    return [entry for entry in entries if entry.partition(":")[0] not in CHECKED]


def united(*lists: Iterable[str]) -> list[str]:
    """Each once, in order."""
    return list(dict.fromkeys(entry for entries in lists for entry in entries))
