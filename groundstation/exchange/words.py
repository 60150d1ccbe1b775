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
        "недопустимые в XML знаки заменены: {n}",
        "{n} characters that XML does not allow were replaced",
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
        "конец ({end}) раньше начала ({start}); переставлены",
        "the end ({end}) is before the start ({start}); they were exchanged",
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
}
"""Codes of `remarks.Remark`."""

REFUSALS: Table = {
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
