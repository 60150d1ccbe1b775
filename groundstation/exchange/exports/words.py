"""What exports say to people."""

from groundstation.words import Table

REFUSALS: Table = {
    "unknown_format": (
        "формат «{format}» неизвестен; есть: {formats}",
        "format {format!r} is unknown; there are {formats}",
    ),
    "no_raid": ("такого рейда нет или он вам не виден", "no such raid, or you may not see it"),
    "dates_reversed": (
        "конец срока ({last}) раньше начала ({first})",
        "the end of the span ({last}) is before its beginning ({first})",
    ),
    "one_xml": (
        "в файл .xml входит ровно один рейд, а выбрано {n}; назовите файл .zip",
        "an .xml file holds exactly one raid and {n} are chosen; name a .zip file",
    ),
    "no_captures": (
        "за этот срок нет ни проверок фотоловушек, ни снимков с кличкой зверя",
        "in this span there are neither checks of camera traps nor pictures with an animal's name",
    ),
    "earthranger": (
        "EarthRanger {server}: {why}",
        "EarthRanger {server}: {why}",
    ),
    "no_token": (
        "нет ключа доступа: передайте его через --token-stdin",
        "no access token: hand it over with --token-stdin",
    ),
    "busy": (
        "сейчас идут другие выгрузки; повторите через минуту",
        "other exports are running; try again in a minute",
    ),
}
"""Why nothing is exported."""

LABELS: Table = {
    "raid": ("Рейд", "Raid"),
    "ambush": ("Засада", "Ambush"),
    "flight": ("Полёт", "Flight"),
    "count": ("Учёт", "Count"),
    "track": ("Путь", "Way"),
    "remark": ("Заметка", "Remark"),
    "incidents": ("Вне рейдов", "Outside raids"),
    "raids": ("Рейды", "Raids"),
    "team": ("Группа", "Team"),
    "station": ("Кордон", "Station"),
    "transport": ("Транспорт", "Transport"),
    "mandate": ("Задача", "Mandate"),
    "leader": ("Старший", "Leader"),
    "members": ("Участники", "Members"),
    "number": ("Номер рейда", "Raid number"),
    "kind": ("Вид", "Kind"),
    "patrol_type": ("Среда", "Patrol type"),
    "armed": ("С оружием", "Armed"),
    "start_date": ("Начало", "Start"),
    "end_date": ("Конец", "End"),
    "days": ("Дней", "Days"),
    "patrol_h": ("Часов", "Hours"),
    "active_h": ("Часов в движении", "Active hours"),
    "distance_km": ("Путь, км", "Distance, km"),
    "objective": ("Цель", "Objective"),
    "raid_comment": ("Примечание к рейду", "Comment on the raid"),
    "local_time": ("Местное время", "Local time"),
    "utc_offset_h": ("Пояс, ч от UTC", "UTC offset, h"),
    "category": ("Категория", "Category"),
    "category_key": ("Ключ категории", "Category key"),
    "lat_deg": ("Широта", "Latitude"),
    "lon_deg": ("Долгота", "Longitude"),
    "accuracy_m": ("Точность, м", "Accuracy, m"),
    "observer": ("Кто наблюдал", "Observer"),
    "comment": ("Примечание", "Comment"),
    "other": ("Прочее", "Other"),
    "observation_id": ("Номер записи", "Observation id"),
    "raid_id": ("Номер записи рейда", "Raid id"),
    "yes": ("да", "yes"),
    "no": ("нет", "no"),
    "generalised": (
        "место обобщено до ячейки сетки",
        "the place is generalised to a grid cell",
    ),
}
"""Names of columns and folders."""

LINES: Table = {
    "written": (
        "{path}: рейдов {raids}, наблюдений {observations}, точек пути {points}",
        "{path}: {raids} raids, {observations} observations, {points} track points",
    ),
    "left_out": ("не вошло, {why}: {n}", "left out, {why}: {n}"),
    "withheld": (
        "скрыто: места этой категории не выдаются",
        "withheld: places of this category are not given out",
    ),
    "no_place": ("нет места", "no place"),
    "no_time": ("нет времени", "no time"),
    "no_way": ("пути рейдов вам не видны", "ways of raids are not yours to see"),
    "no_individual": ("снимок без клички зверя", "a picture without the animal's name"),
    "no_camera": (
        "снимок без известной фотоловушки",
        "a picture without a known camera trap",
    ),
    "unstrippable": (
        "вложения, из которых не убрать сведения о съёмке",
        "attachments whose metadata cannot be taken out",
    ),
    "missing_file": ("вложения, которых нет на диске", "attachments that are not on the disk"),
    "not_in_xml": ("вложения: им нужен .zip", "attachments: they need a .zip"),
    "outside_raids": (
        "наблюдения вне рейдов: SMART хранит их отдельно от патрулей",
        "observations outside raids: SMART keeps them apart from patrols",
    ),
    "pictures": ("снимки и прочие вложения", "pictures and other attachments"),
    "sent": (
        "{server}: событий новых {created}, изменённых {changed}, уже там {same}; "
        "точек пути новых {points}, уже там {known}",
        "{server}: events {created} new, {changed} changed, {same} there already; "
        "track points {points} new, {known} there already",
    ),
    "no_event_type": (
        "на сервере нет типа событий {type}",
        "the server has no event type {type}",
    ),
}
"""What the command and the answer say afterwards."""
