"""Why a record is not filed: code -> (Russian, English)."""

from groundstation.words import Table

FILING: Table = {
    "changed_elsewhere": (
        "Эту запись тем временем изменили. Сравните обе версии и решите, что оставить.",
        "This record was changed in the meantime. Compare both versions and choose.",
    ),
    "other_address": (
        "Запись отправлена по адресу другой записи.",
        "The record was sent to the address of another one.",
    ),
    "unknown_record": ("Такой записи нет.", "There is no such record."),
    "not_yours": (
        "Это не ваша запись и не запись вашей группы.",
        "This record is neither yours nor your group's.",
    ),
    "too_old": (
        "Запись старше {days} дней: изменить её может начальник охраны.",
        "The record is older than {days} days: the head of security can change it.",
    ),
    "is_withdrawn": (
        "Запись отозвана. Сначала верните её.",
        "The record is withdrawn. Restore it first.",
    ),
    "withdraw_apart": (
        "Запись отзывают отдельным действием, с причиной.",
        "A record is withdrawn by an action of its own, with a reason.",
    ),
    "twice": (
        "Дважды указано одно и то же: {what}.",
        "The same thing is named twice: {what}.",
    ),
    "employee_taken": (
        "Табельный номер {number} уже у другого: {name}.",
        "Employee number {number} is somebody else's: {name}.",
    ),
    "unknown_person": (
        "Человека под номером {person} нет в списке.",
        "Nobody in the list has the number {person}.",
    ),
    "unknown_track": ("Трека {track} нет в базе.", "Track {track} is not in the database."),
    "was_with_others": (
        "Навигатор с тех пор был у других людей: кому он был выдан, исправляет начальник охраны.",
        "Others have had this unit since then: the head of security corrects who had it.",
    ),
    "unknown_count": ("Такого учёта нет.", "There is no such count."),
    "count_ends_first": (
        "Учёт кончается раньше, чем начинается.",
        "The count ends before it begins.",
    ),
    "unknown_route": ("Такого маршрута нет.", "There is no such route."),
    "unknown_raid": (
        "Рейда, к которому относится наблюдение, нет в базе. Сначала подайте рейд.",
        "The raid of this observation is not in the database. File the raid first.",
    ),
    "unknown_site": ("Такой фотоловушки нет.", "There is no such camera trap."),
    "unknown_waypoint": (
        "Точки навигатора {waypoint} нет в базе.",
        "Waypoint {waypoint} is not in the database.",
    ),
    "model_broken": ("Модель данных неверна: {what}.", "The data model is wrong: {what}."),
    "in_use": (
        "«{what}» уже есть в записях. Его можно сделать неактивным, но не удалить.",
        "'{what}' is used in records. It can be made inactive, but not removed.",
    ),
}
