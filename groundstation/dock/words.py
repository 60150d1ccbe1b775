"""What the dock says on a terminal, in Russian and English; the page has words of its own."""

from collections.abc import Mapping
from typing import Literal

from groundstation.dock.board import Code, Docked, Phase

Language = Literal["ru", "en"]
Words = Mapping[Language, str]

HEADINGS: Mapping[str, Words] = {
    "unit": {"en": "unit", "ru": "прибор"},
    "person": {"en": "issued to", "ru": "выдан"},
    "state": {"en": "state", "ru": "состояние"},
    "outcome": {"en": "outcome", "ru": "итог"},
    "title": {"en": "Dock", "ru": "Док"},
    "nothing": {"en": "Plug a unit in.", "ru": "Подключите прибор."},
    "nobody": {"en": "nobody", "ru": "никому не выдан"},
}
PHASES: Mapping[Phase, Words] = {
    Phase.IDENTIFYING: {"en": "who is it?", "ru": "опознаём"},
    Phase.READING: {"en": "reading", "ru": "читаем"},
    Phase.STORING: {"en": "storing", "ru": "сохраняем"},
    Phase.DONE: {"en": "done", "ru": "готово"},
    Phase.FAILED: {"en": "waiting", "ru": "ждём"},
    Phase.CLEARING: {"en": "clearing", "ru": "очищаем"},
    Phase.GONE: {"en": "unplugged", "ru": "отключён"},
}
CODES: Mapping[Code, Words] = {
    Code.STORED: {
        "en": "{new} new points, {known} known; {new_waypoints} new waypoints",
        "ru": "новых точек {new}, известных {known}; новых меток {new_waypoints}",
    },
    Code.LOST: {
        "en": "{new} new points, {known} known, {lost} records LOST: {complaint}",
        "ru": "новых точек {new}, известных {known}, ПОТЕРЯНО записей {lost}: {complaint}",
    },
    Code.EMPTY: {"en": "holds nothing", "ru": "память пуста"},
    Code.NO_MEMORY: {
        "en": "only tells where it is (NMEA); has it a memory, set it to Garmin or data transfer; "
        "to record it: kedrovka-ground dock once --port {port} --baud {baud}",
        "ru": "только говорит, где он (NMEA): есть память - включите в нём Garmin или передачу "
        "данных; записать: kedrovka-ground dock once --port {port} --baud {baud}",
    },
    Code.SILENT: {"en": "nobody answers: is it on?", "ru": "молчит: включён ли он?"},
    Code.NO_FILES: {"en": "a disk without tracks", "ru": "диск без путей"},
    Code.BUSY: {"en": "port is busy: {holder}", "ru": "порт занят: {holder}"},
    Code.DENIED: {"en": "no right to open the port", "ru": "нет права открыть порт"},
    Code.UNPLUGGED: {"en": "link lost: {complaint}", "ru": "связь прервалась: {complaint}"},
    Code.DISK_FULL: {"en": "DISK FULL: {complaint}", "ru": "ДИСК ПОЛОН: {complaint}"},
    Code.OVER_QUOTA: {
        "en": "NOT read: {wanted_mb} MB needed, {room_mb} MB left for captures",
        "ru": "НЕ прочитано: нужно {wanted_mb} МБ, в архиве осталось {room_mb} МБ",
    },
    Code.FOLDER: {"en": "cannot write: {complaint}", "ru": "не записать: {complaint}"},
    Code.DATABASE_DOWN: {
        "en": "read, NOT in the database yet: {complaint}",
        "ru": "прочитано, в базе ЕЩЁ НЕТ: {complaint}",
    },
    Code.BROKEN: {"en": "program error: {complaint}", "ru": "ошибка программы: {complaint}"},
    Code.CLEARED: {"en": "stored, verified, memory erased", "ru": "сохранено, проверено, очищено"},
    Code.NOT_CLEARED: {"en": "NOT cleared: {complaint}", "ru": "НЕ очищено: {complaint}"},
    Code.NOT_CONFIRMED: {
        "en": "all stored; whether the memory was erased is NOT known: {complaint}",
        "ru": "всё сохранено; очищена ли память, НЕ известно: {complaint}",
    },
}
MARKS: Mapping[str, Words] = {
    "clock_wrong": {"en": "its clock is wrong", "ru": "часы прибора врут"},
    "rollover_repaired": {
        "en": "1024 weeks added to dates",
        "ru": "к датам прибавлено 1024 недели",
    },
    "dates_too_old": {"en": "dates before 2000", "ru": "даты до 2000 года"},
    "dates_in_future": {"en": "dates in the future", "ru": "даты из будущего"},
    "same_number": {
        "en": "another unit has this number",
        "ru": "номер есть и у другого прибора",
    },
}


def outcome(line: Docked, language: Language) -> str:
    """How it ended, and what a person should know besides."""
    said = line.said
    parts = [] if said is None else [CODES[said.code][language].format(**said.values)]
    if line.result is not None and said is not None:
        parts += [MARKS[mark][language] for mark in line.result.marks]
    return "; ".join(parts)


def unit(line: Docked) -> str:
    """What people call it: the label, or model and number."""
    model = " ".join(filter(None, (line.model or line.family, line.number)))
    return " · ".join(filter(None, (line.label, model))) or line.place.rpartition("/")[2]
