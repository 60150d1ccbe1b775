"""What is said about signing in and being allowed: code -> (Russian, English)."""

from groundstation.words import Table

ACCESS: Table = {
    "sign_in": ("Войдите в систему.", "Sign in."),
    "setup": (
        "Станция ещё не настроена: создайте администратора по одноразовому коду из консоли "
        "станции.",
        "The station is not set up yet: make an administrator with the one-time code on the "
        "station's console.",
    ),
    "forbidden": (
        "Вашей учётной записи это не разрешено.",
        "Your account does not allow this.",
    ),
    "csrf": (
        "Страница устарела: обновите её и повторите.",
        "The page is out of date: reload it and try again.",
    ),
    "key": (
        "Нужен действующий ключ станции (Authorization: Bearer).",
        "A valid key of this station is needed (Authorization: Bearer).",
    ),
    "other_vehicle": (
        "Этот ключ выдан борту {system_id} и не действует для другого.",
        "This key was issued to vehicle {system_id} and speaks for no other.",
    ),
    "locked": (
        "Слишком много неудачных попыток. Повторите через {seconds} с.",
        "Too many failed attempts. Try again in {seconds} s.",
    ),
    "busy": (
        "Сейчас входит слишком много людей. Повторите через несколько секунд.",
        "Too many people are signing in just now. Try again in a few seconds.",
    ),
    "wrong": ("Неверный логин или пароль.", "Wrong login or password."),
    "wrong_old": ("Прежний пароль неверен.", "The old password is wrong."),
    "code": (
        "Код неверен, уже использован или устарел.",
        "The code is wrong, was used already, or has expired.",
    ),
    "code_needs": (
        "Для первого администратора нужны логин, имя и пароль; для нового пароля — сам пароль.",
        "The first administrator needs a login, a name and a password; a new password needs "
        "the password.",
    ),
    "password_short": (
        "Пароль короче {shortest} знаков.",
        "The password is shorter than {shortest} characters.",
    ),
    "password_long": (
        "Пароль длиннее {longest} знаков.",
        "The password is longer than {longest} characters.",
    ),
    "password_easy": (
        "Такой пароль легко угадать: он совпадает с логином или состоит из одних и тех же знаков.",
        "Such a password is easily guessed: it is the login, or the same few characters.",
    ),
    "login_form": (
        "Логин — от {shortest} до {longest} знаков: буквы, цифры, точка, дефис, подчёркивание.",
        "A login has {shortest} to {longest} characters: letters, digits, dot, hyphen, underscore.",
    ),
    "login_taken": ("Логин «{login}» уже занят.", "The login '{login}' is taken."),
    "last_administrator": (
        "Это последний администратор: сначала назначьте другого.",
        "This is the last administrator: make another one first.",
    ),
    "no_account": ("Учётной записи {account} нет.", "There is no account {account}."),
    "no_person": ("Человека с номером {person} нет.", "Nobody has the number {person}."),
    "no_key": ("Ключа {key} нет.", "There is no key {key}."),
    "setup_done": (
        "Администратор уже есть: войдите под его именем.",
        "There is an administrator already: sign in.",
    ),
    "stolen": (
        "Вашу прежнюю сессию кто-то использовал с копии. Все ваши сессии были закрыты. Если это "
        "не сбой питания, смените пароль и сообщите администратору.",
        "Somebody used a copy of your last session. All your sessions were ended. Unless the power "
        "had failed, change your password and tell the administrator.",
    ),
    "first_start": (
        "Администратора ещё нет. Создайте его: {link}\n  (одноразовый код: {signs})",
        "There is no administrator yet. Make one: {link}\n  (one-time code: {signs})",
    ),
    "loopback_only": (
        "До этого станция слушает только эту машину; на {host} — после перезапуска.",
        "Until then the station listens on this machine only; on {host} after a restart.",
    ),
    "restart": (
        "Администратор создан. Перезапустите станцию, чтобы она принимала подключения по {host}, "
        "а не только с этой машины.",
        "The administrator is made. Restart the station so that it listens on {host}, and not on "
        "this machine only.",
    ),
}

CONSOLE: Table = {
    "added": ("Учётная запись {login} создана.", "The account {login} is made."),
    "added_code": (
        "Учётная запись {login} создана. Одноразовый код для пароля, до {until} UTC: {signs}\n"
        "Его вводят на странице входа или открывают: АДРЕС/#/code/{signs}",
        "The account {login} is made. One-time code for its password, until {until} UTC: {signs}\n"
        "Type it on the sign-in page, or open ADDRESS/#/code/{signs}",
    ),
    "code": (
        "Одноразовый код для нового пароля {login}, до {until} UTC: {signs}\n"
        "Его вводят на странице входа или открывают: АДРЕС/#/code/{signs}",
        "One-time code for a new password of {login}, until {until} UTC: {signs}\n"
        "Type it on the sign-in page, or open ADDRESS/#/code/{signs}",
    ),
    "entry": (
        "Одноразовый вход {login}, до {until} UTC: АДРЕС/#/enter/{signs}",
        "One-time entry of {login}, until {until} UTC: ADDRESS/#/enter/{signs}",
    ),
    "restart": (
        "Если станция работает, перезапустите её: тогда она будет принимать подключения по {host}.",
        "If the station is running, restart it: it will then listen on {host}.",
    ),
    "off": (
        "Учётная запись {login} отключена, её сессии закрыты.",
        "The account {login} is switched off, its sessions have ended.",
    ),
    "revoked": ("Ключ {key} ({name}) отозван.", "Key {key} ({name}) is revoked."),
    "checked": (
        "Проверено записей: {entries}; последняя печать {head}; отметок вне базы: {heads}.",
        "{entries} entries checked; head {head}; {heads} heads noted outside the database.",
    ),
    "heads_damaged": (
        "{file}: нечитаемых строк {lines} (так бывает после сбоя питания).",
        "{file}: {lines} lines cannot be read (as after a power cut).",
    ),
    "missing": (
        "ЖУРНАЛ НАРУШЕН: записи {entry} нет, вместо неё стоит {found}.",
        "THE LOG IS BROKEN: entry {entry} is missing, {found} stands in its place.",
    ),
    "altered": (
        "ЖУРНАЛ НАРУШЕН: запись {entry} изменена.",
        "THE LOG IS BROKEN: entry {entry} was altered.",
    ),
    "unlinked": (
        "ЖУРНАЛ НАРУШЕН: запись {entry} не продолжает предыдущую.",
        "THE LOG IS BROKEN: entry {entry} does not continue the one before.",
    ),
    "rewritten": (
        "ЖУРНАЛ НАРУШЕН: запись {entry} не та, что была отмечена {noted}.",
        "THE LOG IS BROKEN: entry {entry} is not the one noted at {noted}.",
    ),
    "cut": (
        "ЖУРНАЛ НАРУШЕН: записей с {entry} по {until} нет, хотя {noted} они были.",
        "THE LOG IS BROKEN: entries {entry} to {until} are gone, though they were there at "
        "{noted}.",
    ),
}
"""What the commands print."""
