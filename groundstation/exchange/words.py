"""What the exchange of files says to people: remarks on a file, and refusals of one."""

from groundstation.words import Table

REMARKS: Table = {
    "times": (" (раз: {n})", " ({n} times)"),
    "more": ("и ещё замечаний: {n}", "and {n} more remarks"),
    # The document.
    "broken": (
        "файл повреждён: {why}; взято то, что до этого места цело",
        "the file is damaged: {why}; what is whole before this place was taken",
    ),
    "bad_bytes": (
        "байты не в кодировке {encoding}, заменены: {n}",
        "{n} bytes are not {encoding} and were replaced",
    ),
    "control_characters": (
        "управляющих знаков заменено: {n}",
        "{n} control characters were replaced",
    ),
    "newer_version": (
        "версия {version} новее известных; взято знакомое",
        "version {version} is newer than those known here; what is familiar was taken",
    ),
    "unknown_element": (
        "незнакомый элемент <{name}> не взят, он остался в сохранённом файле",
        "unknown element <{name}> was not taken; it stays in the kept file",
    ),
    "unknown_field": (
        "незнакомое поле {name} у <{element}> не взято, оно осталось в сохранённом файле",
        "unknown field {name} of <{element}> was not taken; it stays in the kept file",
    ),
    "bad_value": (
        "{name}: «{value}» не читается, поле оставлено пустым",
        "{name}: {value!r} cannot be read; the field was left empty",
    ),
    "too_long": (
        "{name} длиннее {limit} знаков, обрезано",
        "{name} is longer than {limit} characters and was cut",
    ),
    "missing": ("нет обязательного: {name}", "{name} is missing"),
    # The data model.
    "no_key": ("у <{element}> нет ключа, не взят", "<{element}> without a key was not taken"),
    "bad_key": (
        "ключ «{key}» у <{element}> недопустим, не взят",
        "key {key!r} of <{element}> is not allowed, not taken",
    ),
    "twice": (
        "ключ {key} встречается второй раз, второй не взят",
        "key {key} is there twice; the second was not taken",
    ),
    "unknown_type": (
        "поле {key}: неизвестный тип «{type}», принято как текст",
        "attribute {key}: unknown type {type!r}, taken as text",
    ),
    "no_such_attribute": (
        "категория {category} спрашивает поле {key}, которого нет",
        "category {category} asks for attribute {key}, which is not there",
    ),
    # The patrol.
    "cut_off": (
        "<{name}> без конца, не взят",
        "<{name}> has no end and was not taken",
    ),
    "day_lost": (
        "день без даты не взят, он остался в сохранённом файле",
        "a day without a date was not taken; it stays in the kept file",
    ),
    "bad_track": (
        "путь не читается: {why}; взято точек: {points}",
        "the track cannot be read: {why}; {points} points of it were taken",
    ),
    "no_value": ("у поля {key} нет значения", "attribute {key} has no value"),
    "kept_as_text": (
        "поле {key}: «{value}» оставлено текстом",
        "attribute {key}: {value!r} is kept as a text",
    ),
    "zone_ignored": (
        "{name}: часовой пояс отброшен, время - по часам станции",
        "{name}: the zone was dropped; times are the station's wall clock",
    ),
    "dates_reversed": (
        "конец ({end}) раньше начала ({start}); сохранено как есть",
        "the end ({end}) is before the start ({start}); kept as it is",
    ),
    "patrol_type": (
        "вид патруля «{value}» неизвестен, принят наземным",
        "patrol type {value!r} is unknown; taken as GROUND",
    ),
    "member_twice": (
        "участник назван в этапе дважды",
        "a member is named twice in a leg",
    ),
    "day_outside_leg": (
        "день {day} вне этапа {leg}; сохранён",
        "day {day} is outside leg {leg}; it was kept",
    ),
    "duplicate_day": (
        "день {day} этапа {leg} встречается дважды; объединён",
        "day {day} of leg {leg} is there twice; it was put together",
    ),
    "ambiguous_time": (
        "{day}: часы переводили назад, этот час был дважды; взят первый",
        "{day}: clocks were put back, the hour came twice; the first was taken",
    ),
    "nonexistent_time": (
        "{day}: часы переводили вперёд, такого времени не было; взято по часам до перевода",
        "{day}: clocks were put forward, there was no such time; read by the clock before",
    ),
    "duplicate_attribute": (
        "поле {key} стоит у наблюдения дважды; сохранены оба",
        "attribute {key} is there twice in an observation; both were kept",
    ),
    "unknown_attribute": (
        "поля {key} нет в нашей модели данных; значение сохранено",
        "attribute {key} is not in our data model; its value was kept",
    ),
    "unknown_category": (
        "категории {category} нет в нашей модели данных; наблюдение сохранено",
        "category {category} is not in our data model; the observation was kept",
    ),
    "bad_category": (
        "«{value}» не может быть категорией; наблюдение сохранено без неё",
        "{value!r} cannot be a category; the observation was kept without one",
    ),
    "distance_differs": (
        "{day}: в файле путь {told} км, по точкам {measured} км",
        "{day}: the file says {told} km, its points say {measured} km",
    ),
    "bad_points": (
        "точка пути вне Земли; оставлена без места",
        "a track point lies off the earth; it was kept without a place",
    ),
    "no_times": (
        "точка пути без времени",
        "a track point without a time",
    ),
    # The archive.
    "attachment_missing": (
        "файла {file} в архиве нет; имя сохранено",
        "file {file} is not in the archive; its name was kept",
    ),
    "attachment_unclaimed": (
        "вложение, о котором ни один патруль не говорит; осталось в сохранённом архиве",
        "an attachment no patrol speaks of; it stays in the kept archive",
    ),
    "member_ignored": (
        "не патруль и не вложение; осталось в сохранённом архиве",
        "neither a patrol nor an attachment; it stays in the kept archive",
    ),
    # Tracks and places of units.
    "gps_flaw": ("файл прибора: {what}", "the unit's file: {what}"),
    "gps_raid": (
        "создан рейд «{number}» без участников: дополните его",
        "raid {number!r} was made without members: complete it",
    ),
    "gps_routes": (
        "маршрут (план) не взят: по нему не ходили",
        "a route was not taken: it is a plan, nobody walked it",
    ),
    "gps_proposal": (
        "метка «{place}» похожа на: {ru}; сохранена как заметка",
        "place {place!r} looks like: {en}; it was kept as a remark",
    ),
    # Tables.
    "csv_read_as": (
        "прочитано как {encoding}, разделитель «{separator}»",
        "read as {encoding}, separator {separator!r}",
    ),
    "csv_line": (
        "строка не взята: {column} = «{value}»",
        "the line was not taken: {column} = {value!r}",
    ),
    "csv_twice": (
        "строка не взята: наблюдение {id} уже было выше",
        "the line was not taken: observation {id} stands above already",
    ),
    "csv_cells": (
        "ячеек больше, чем столбцов; лишние не взяты",
        "more cells than columns; the surplus was not taken",
    ),
    "csv_columns": (
        "столбцов больше {limit}; дальше не читалось",
        "more than {limit} columns; the rest was not read",
    ),
    "csv_passed_over": (
        "столбец {column} при импорте не читается",
        "column {column} is not read on import",
    ),
    "csv_too_many": (
        "строк больше {limit}; дальше не читалось",
        "more than {limit} lines; the rest was not read",
    ),
    "csv_broken": ("таблица повреждена: {why}", "the table is damaged: {why}"),
    # Filing.
    "person_added": (
        "сотрудник {name} (№ {employee}) добавлен неактивным: проверьте его",
        "{name} (no. {employee}) was added, inactive: check the entry",
    ),
    "person_by_name": (
        "сотрудник {name} с № {employee} найден по имени",
        "{name}, no. {employee} in the file, was found by name",
    ),
    "person_name_differs": (
        "сотрудник № {employee} в файле назван {told}, у нас - {ours}",
        "no. {employee} is called {told} in the file and {ours} here",
    ),
    "team_added": (
        "группа «{label}» добавлена неактивной: проверьте",
        "team {label!r} was added, inactive: check it",
    ),
    "station_added": (
        "кордон «{label}» добавлен неактивным: проверьте",
        "station {label!r} was added, inactive: check it",
    ),
    "mandate_added": (
        "задача «{label}» добавлена неактивной: проверьте",
        "mandate {label!r} was added, inactive: check it",
    ),
    "transport_added": (
        "транспорт «{label}» добавлен неактивным: проверьте",
        "transport {label!r} was added, inactive: check it",
    ),
    "person_ours_added": (
        "сотрудник {name} (№ {employee}) добавлен",
        "{name} (no. {employee}) was added",
    ),
    "team_ours_added": ("группа «{label}» добавлена", "team {label!r} was added"),
    "station_ours_added": ("кордон «{label}» добавлен", "station {label!r} was added"),
    "mandate_ours_added": ("задача «{label}» добавлена", "mandate {label!r} was added"),
    "transport_ours_added": ("транспорт «{label}» добавлен", "transport {label!r} was added"),
    "raid_known": (
        "рейд {number} у нас уже такой же",
        "raid {number} is here already, the same",
    ),
    "raid_changed": (
        "рейд {number} обновлён: теперь версия {revision}, прежняя - в истории",
        "raid {number} was brought up to date: now revision {revision}; the state before is in "
        "the history",
    ),
    "same_number": (
        "номер {number} у нас уже есть у другого рейда; сохранён второй, с пометкой",
        "number {number} is another raid's here; a second one was filed and flagged",
    ),
    "raid_refused": (
        "рейд {number} не взят: {why_ru}",
        "raid {number} was not taken: {why_en}",
    ),
    "observation_refused": (
        "наблюдение не взято: {why_ru}",
        "an observation was not taken: {why_en}",
    ),
    "observation_known": (
        "такое наблюдение у нас уже есть",
        "an observation is here already, the same",
    ),
    "observation_gone": (
        "наблюдения {waypoint} в новом файле нет: отозвано",
        "observation {waypoint} is not in the newer file: withdrawn",
    ),
    "attachment_refused": (
        "вложение не взято: {why_ru}",
        "the attachment was not taken: {why_en}",
    ),
    "unknown_count": (
        "учёта или маршрута этого рейда у нас нет; указание сохранено в полях рейда",
        "this raid's count or route is not known here; the reference was kept in its attributes",
    ),
    "model_taken": (
        "модель данных принята: категорий {categories}, полей {attributes}; наших категорий, "
        "которых в ней нет, осталось {more}",
        "the data model was taken: {categories} categories, {attributes} attributes; {more} "
        "categories of ours that it does not have stay",
    ),
    "model_same": (
        "модель данных у нас уже такая же",
        "the data model is here already, the same",
    ),
    "model_refused": (
        "модель данных не принята: {why_ru}",
        "the data model was not taken: {why_en}",
    ),
    "model_not_allowed": (
        "модель данных не принята: менять её может администратор или начальник охраны",
        "the data model was not taken: only an administrator or the head of security changes it",
    ),
}
"""Codes of `remarks.Remark`."""

REFUSALS: Table = {
    "ours_not_allowed": (
        "Объявить чужих людей и группы своими может только администратор.",
        "Only an administrator may take a file's people and teams for the park's own.",
    ),
    "doctype": (
        "{name}: в файле объявлен DOCTYPE; такие файлы не принимаются: так прячут XML-бомбы. "
        "SMART его не пишет",
        "{name}: the file declares a DOCTYPE; such files are not taken, because XML bombs hide "
        "there. SMART writes none",
    ),
    "too_large": (
        "{name}: больше {limit_mb} МБ",
        "{name}: larger than {limit_mb} MB",
    ),
    "too_many_elements": (
        "{name}: элементов XML больше {limit}",
        "{name}: more than {limit} XML elements",
    ),
    "unreadable": (
        "{name}: не открывается: {why}",
        "{name}: cannot be opened: {why}",
    ),
    "no_xml": (
        "{name}: это не XML или от него ничего не осталось: {why}",
        "{name}: no XML, or nothing of it is left: {why}",
    ),
    "not_a_model": (
        "{name}: это не модель данных SMART, а <{root}>",
        "{name}: no SMART data model but <{root}>",
    ),
    "not_a_patrol": (
        "{name}: это не патруль SMART, а <{root}>",
        "{name}: no SMART patrol but <{root}>",
    ),
    "unknown_format": (
        "{name}: формат не опознан. Принимаются патрули и модели данных SMART (XML, ZIP), файлы "
        "приборов (GPX, FIT, NMEA) и таблицы наблюдений CSV с нашими столбцами",
        "{name}: unknown format. Taken are SMART patrols and data models (XML, ZIP), files of "
        "GPS units (GPX, FIT, NMEA) and CSV tables of observations with our columns",
    ),
    "unknown_document": (
        "{name}: <{root}> - не патруль и не модель данных SMART",
        "{name}: <{root}> is neither a SMART patrol nor a data model",
    ),
    "archive_empty": (
        "{name}: в архиве нет ни одного целого патруля",
        "{name}: the archive holds no whole patrol",
    ),
    "gps_empty": (
        "{name}: в файле ({format}) нет ни одной точки",
        "{name}: the file ({format}) holds no point",
    ),
    "gps_undated": (
        "{name}: ни у одной точки нет времени, и неизвестно, в какие дни ходили",
        "{name}: no point has a time, so nobody knows on which days it was",
    ),
    "gps_season": (
        "{name}: {days} дней - это не один рейд (больше {limit}). Разделите файл или подключите "
        "прибор к доку",
        "{name}: {days} days are not one raid (more than {limit}). Part the file, or dock the "
        "unit itself",
    ),
    "csv_empty": (
        "{name}: ни одна строка таблицы не прочиталась",
        "{name}: no line of the table could be read",
    ),
    "no_dates": (
        "{name}: в патруле нет ни одной даты",
        "{name}: the patrol holds no date at all",
    ),
    # The archive.
    "bad_archive": (
        "{name}: архив не открывается: {why}",
        "{name}: the archive cannot be opened: {why}",
    ),
    "bad_member": (
        "{name}: файл {member} в архиве повреждён: {why}",
        "{name}: file {member} of the archive is damaged: {why}",
    ),
    "archive_too_many": (
        "{name}: в архиве больше {limit} файлов",
        "{name}: the archive holds more than {limit} files",
    ),
    "archive_bomb": (
        "{name}: распакованный файл {member} больше {limit_mb} МБ",
        "{name}: file {member} unpacks to more than {limit_mb} MB",
    ),
    "archive_ratio": (
        "{name}: файл {member} сжат более чем в {limit} раз: так устроены архивные бомбы",
        "{name}: file {member} is packed more than {limit} times: that is how archive bombs "
        "are made",
    ),
    "archive_path": (
        "{name}: имя {member!r} выводит за пределы архива",
        "{name}: the name {member!r} leads out of the archive",
    ),
    "archive_link": (
        "{name}: {member} - символическая ссылка",
        "{name}: {member} is a symbolic link",
    ),
    "archive_encrypted": (
        "{name}: файл {member} зашифрован; выгрузите патруль без пароля",
        "{name}: file {member} is encrypted; export the patrol without a password",
    ),
    "archive_twice": (
        "{name}: имя {member} в архиве встречается дважды",
        "{name}: the name {member} is in the archive twice",
    ),
}
"""Why a file, or a file inside an archive, is not taken at all."""

FILING: Table = {
    "gone": (
        "В новом файле «{name}» этого нет.",
        "The newer file {name!r} does not have it.",
    ),
}
"""Reasons written into records."""

TAKEN: Table = {
    "raids": ("рейдов {n}", "raids {n}"),
    "observations": ("наблюдений {n}", "observations {n}"),
    "tracks": ("путей {n}", "tracks {n}"),
    "photographs": ("снимков {n}", "photographs {n}"),
    "models": ("модель данных", "the data model"),
    "people": ("новых сотрудников {n}", "new people {n}"),
    "terms": ("новых названий {n}", "new terms {n}"),
    "known": ("уже были здесь {n}", "here already {n}"),
    "nothing": ("ничего нового", "nothing new"),
    "already": (
        "этот файл уже принят {when}, тогда взято: {what}",
        "this very file was taken on {when}; then: {what}",
    ),
}
"""What was taken of a file, by kind."""

LOSSES = frozenset(
    {
        "broken", "bad_bytes", "control_characters", "unknown_element", "unknown_field",
        "too_long", "bad_value", "no_key", "bad_key", "twice", "cut_off", "day_lost", "bad_track",
        "no_value", "gps_flaw", "gps_routes", "csv_line", "csv_twice", "csv_cells", "csv_columns",
        "csv_too_many", "csv_broken", "attachment_unclaimed", "member_ignored", "raid_refused",
        "observation_refused", "attachment_refused", "model_refused", "model_not_allowed",
        *REFUSALS,
    }
)  # fmt: skip
"""Remarks on something that was not taken as it came; it stays in the kept file."""
