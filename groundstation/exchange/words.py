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
}
"""Why a file, or a file inside an archive, is not taken at all."""
