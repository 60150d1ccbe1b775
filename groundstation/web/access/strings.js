// Words of the door, of accounts, machine keys and the audit log.

export const TABLE = {
  login: ["Логин", "Login"],
  login_word: ["ЛОГИН", "LOGIN"],
  password: ["Пароль", "Password"],
  new_password: ["Новый пароль", "New password"],
  old_password: ["Прежний пароль", "Old password"],
  full_name: ["Фамилия, имя", "Name"],
  password_hint: [
    "Не короче 10 знаков. Несколько слов подряд запомнить легче, чем набор знаков.",
    "At least 10 characters. A few words in a row are easier to keep in mind than signs.",
  ],
  show: ["Показать", "Show"],
  hide: ["Скрыть", "Hide"],
  forgotten: ["Забыли пароль?", "Forgotten password?"],
  forgotten_hint: [
    "Попросите у администратора одноразовый код. Его можно получить и за компьютером станции:",
    "Ask an administrator for a one-time code. It can be made at the station's computer, too:",
  ],
  have_code: ["У меня есть одноразовый код", "I have a one-time code"],
  by_password: ["Войти по паролю", "Sign in with a password"],
  code: ["Одноразовый код", "One-time code"],
  setup_title: ["Первый администратор", "The first administrator"],
  setup_hint: [
    "На станции ещё нет учётных записей. Код напечатан в окне, где она запущена.",
    "The station has no accounts yet. The code stands in the window where it was started.",
  ],
  setup_do: ["Создать и войти", "Create and sign in"],
  session_ended: [
    "Сеанс закончился. Войдите снова: всё, что набрано на странице, осталось на месте.",
    "Your session has ended. Sign in again: whatever you typed on the page is still there.",
  ],
};
