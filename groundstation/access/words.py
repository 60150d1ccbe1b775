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
}
