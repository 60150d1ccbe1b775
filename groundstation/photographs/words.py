"""What is said about photographs."""

from groundstation.words import Table

TABLE: Table = {
    "photograph_unknown": ("Такого снимка нет.", "There is no such photograph."),
    "photograph_too_large": (
        "Снимок больше {max_mb} МБ: станция его не приняла. Отправьте уменьшенную копию, "
        "а сам снимок сохраните у себя.",
        "The photograph is larger than {max_mb} MB and was not taken. Send a reduced copy and "
        "keep the original.",
    ),
    "photograph_empty": ("В файле ничего нет.", "There is nothing in the file."),
    "photograph_no_room": (
        "На станции кончилось место для снимков. Скажите тому, кто за ней смотрит; "
        "снимок остаётся у вас.",
        "The station has no room left for photographs. Tell whoever looks after it; the "
        "photograph stays with you.",
    ),
    "photograph_of_nothing": (
        "Рейда или наблюдения, к которому приложен снимок, на станции ещё нет.",
        "The raid or observation this photograph belongs to is not on the station yet.",
    ),
    "photograph_other": (
        "Под этим номером на станции уже лежит другой снимок.",
        "Another photograph is stored under this number already.",
    ),
    "photograph_not_shown": (
        "Этот файл нельзя показать; его можно только скачать целиком.",
        "This file cannot be shown, only taken as it is.",
    ),
    "photograph_withheld": (
        "Из этого файла нельзя убрать место съёмки, поэтому он не выдаётся.",
        "The place cannot be taken out of this file, so it is not given out.",
    ),
}
