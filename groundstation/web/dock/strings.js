// Words of the docking board.

export const TABLE = {
  dock_empty: ["Подключите навигатор: он прочтётся сам", "Plug in a navigator: it is read by itself"],
  dock_disabled: ["Док выключен в настройках станции", "The dock is switched off in the station's settings"],
  dock_warning_quota: ["Архив считанных данных больше нормы", "The captures take more room than allowed"],
  dock_warning_disk: ["На диске станции мало места", "The station's disk is nearly full"],
  dock_unknown_unit: ["Неизвестный прибор", "Unknown unit"],
  dock_nobody: ["Никому не выдан", "Issued to nobody"],
  dock_who_has_it: ["У кого этот прибор?", "Who has this unit?"],
  dock_returned: ["Сдан на склад", "Returned to the store"],
  dock_new_name: ["новое имя", "new name"],
  dock_add: ["Выдать", "Issue"],
  dock_of: ["{done} из {total}", "{done} of {total}"],
  dock_rate: ["{n} в секунду", "{n} a second"],
  dock_left: ["осталось {span}", "{span} left"],
  dock_tracks: ["Пути и метки", "Tracks and marks"],
  dock_no_tracks: ["Путей в памяти станции нет", "No tracks stored"],
  dock_no_date: ["без даты", "no date"],
  dock_points: ["точек: {n}", "{n} points"],
  dock_more_flaws: ["и ещё замечаний: {n}", "and {n} more remarks"],
  dock_not_read: ["Не прочитано: {why}", "Not read: {why}"],
  dock_label: ["надпись на приборе", "written on the unit"],
  dock_save: ["Записать", "Save"],
  dock_track_legend: [
    "Серое: выбросы. Светлые точки: стоянка. Пунктир: сигнал был потерян.",
    "Grey: outliers. Pale dots: resting. Dashes: the fix was lost.",
  ],
  dock_again: ["Попробовать снова", "Try again"],
  dock_proposed: ["Возможно: {what}", "Maybe: {what}"],
  dock_marks: ["Метки, о которых станция догадалась", "Marks the station has a guess about"],
  dock_sure: ["уверенность {n} %", "{n} % sure"],
  clear_memory: ["Очистить память", "Clear memory"],
  clear_sure: [
    "Станция прочтёт прибор ещё раз, сверит с базой и сотрёт его память. Вернуть её нельзя.",
    "The station reads the unit again, compares with the database and erases its memory for good.",
  ],
  clear_yes: ["Да, стереть", "Yes, erase"],
  clear_not_confirmed: ["Прибор не подтвердил очистку: {why}", "The unit did not confirm: {why}"],
  clear_failed: ["Память не тронута: {why}", "The memory was left alone: {why}"],
  phase_identifying: ["Узнаём прибор…", "Finding out what it is…"],
  phase_reading: ["Читаем…", "Reading…"],
  phase_reading_step: ["Читаем {step}…", "Reading {step}…"],
  phase_storing: ["Записываем на диск…", "Storing…"],
  phase_clearing: ["Сверяем и очищаем, не отключайте!", "Verifying and clearing, do not unplug!"],
  phase_done: ["Готово", "Done"],
  phase_failed: ["Не получилось", "Failed"],
  phase_gone: ["Отключён.", "Unplugged."],
  step_track: ["пути", "tracks"],
  step_waypoint: ["метки", "waypoints"],
  step_byte: ["память", "the memory"],
  step_sector: ["память", "the memory"],
  step_fix: ["положение", "the position"],
  step_entry: ["записи", "the log"],
  step_file: ["файлы", "files"],
  said_stored: [
    "Всё на диске. Точек: {new} новых, {known} уже было. Меток: {new_waypoints} новых, {known_waypoints} было.",
    "All on disk. Points: {new} new, {known} known. Waypoints: {new_waypoints} new, {known_waypoints} known.",
  ],
  said_lost: [
    "Дошло не всё! Потеряно записей: {lost} ({complaint}). На диске точек: {new} новых, {known} уже было. В приборе всё цело: подключите его ещё раз.",
    "Not everything came! Records lost: {lost} ({complaint}). Points on disk: {new} new, {known} known. The unit keeps everything: plug it in again.",
  ],
  said_empty: ["Память прибора пуста.", "The unit's memory is empty."],
  said_no_memory: [
    "Только говорит, где он сейчас: читать нечего. Если это навигатор с памятью, включите в нём интерфейс Garmin или «передача данных» и нажмите «Попробовать снова».",
    "It only tells where it is now: nothing to read. If it is a navigator with a memory, set its interface to Garmin or data transfer and press Try again.",
  ],
  dock_record: ["Записать минуту его слов: {command}", "To record a minute of what it says: {command}"],
  said_silent: [
    "Прибор молчит. Включите его; в меню «Интерфейс» выберите GARMIN.",
    "Nothing answers. Switch it on; in its menu set the interface to GARMIN.",
  ],
  said_no_files: ["На этом диске нет путей.", "There are no tracks on this disk."],
  said_busy: ["Порт занят другой программой: {holder}", "Another program has the port: {holder}"],
  said_denied: ["Нет прав на порт: {complaint}", "No permission for the port: {complaint}"],
  said_unplugged: ["Отключён до конца чтения.", "Unplugged before anything was read."],
  said_disk_full: [
    "Диск станции полон. В приборе всё цело, читаем снова, как будет место.",
    "The station's disk is full. The unit keeps everything; it is read again when there is room.",
  ],
  said_over_quota: [
    "Не прочитано: нужно {wanted_mb} МБ, в архиве станции осталось {room_mb} МБ. В приборе всё цело; позовите того, кто следит за станцией.",
    "Not read: {wanted_mb} MB are needed, the station's archive has {room_mb} MB left. The unit keeps everything; call whoever looks after the station.",
  ],
  said_folder: [
    "Папка для считанных данных не пишется: {complaint}. В приборе всё цело.",
    "The folder for captures cannot be written: {complaint}. The unit keeps everything.",
  ],
  said_database_down: [
    "База данных не отвечает. Прочитанное сохранено в файл и попадёт в базу, как только она ответит.",
    "The database does not answer. What was read is kept in a file and goes in as soon as it does.",
  ],
  said_broken: [
    "Ошибка программы: {complaint}. Прочитанное сохранено в файл.",
    "The program failed: {complaint}. What was read is kept in a file.",
  ],
  said_cleared: [
    "Сверено и очищено, прибор подтвердил. Было точек: {points}, меток: {waypoints}.",
    "Verified and cleared, the unit confirmed. It held {points} points and {waypoints} waypoints.",
  ],
  said_not_confirmed: [
    "Всё на диске и сверено, но прибор не подтвердил очистку: {complaint}. Подключите его ещё раз и посмотрите.",
    "All on disk and verified, but the unit did not confirm that it cleared: {complaint}. Plug it in again and see.",
  ],
  said_not_cleared: ["Память не очищена: {complaint}", "The memory was not cleared: {complaint}"],
  mark_clock_wrong: ["часы прибора врут на {offset}", "the unit's clock is wrong by {offset}"],
  mark_rollover_repaired: ["даты исправлены на {weeks} нед.", "dates repaired by {weeks} weeks"],
  mark_dates_too_old: ["есть даты до 2000 года", "some dates lie before 2000"],
  mark_dates_in_future: ["есть даты из будущего", "some dates lie in the future"],
  mark_same_number: ["есть другой прибор с тем же номером", "another unit gives the same number"],
};

/** Parts of what units and ports complain of, in Russian. */
const COMPLAINTS = /** @type {[RegExp, string][]} */ ([
  [/does not answer any more|fell silent/, "прибор перестал отвечать"],
  [/cancelled|closed|unplugged|went away|gone/, "прибор отключили"],
  [/(\d+) announced records never came/, "не дошло записей: $1"],
  [/(\d+) of (\d+) (sectors|entries) did not come/, "не дошло $1 из $2"],
  [/(\d+) bytes at \w+ did not come/, "не дошло байт: $1"],
  [/answers? at neither rate|no \w+ answers|no answer/, "прибор не отвечает"],
  [/refused? to (clear|erase)/, "прибор отказался очистить память"],
  [/Input\/output error|No such (file|device)|not connected|bytes read/, "отключили во время чтения"],
  [/No space left|MB free/, "нет места на диске"],
  [/cannot be erased/, "этот прибор отсюда не очистить"],
  [/not everything arrived/, "дошло не всё"],
  [/the unit is not docked/, "прибор не подключён"],
  [/another unit hangs there/, "там уже другой прибор"],
  [/it holds (\d+) records now, (\d+) were read/, "в приборе теперь записей $1, прочитано $2: очистите ещё раз"],
  [/did not confirm/, "ответа нет"],
  [/cleared already/, "уже очищено"],
  [/are not in the database/, "в базе есть не всё"],
]);

/** What went wrong, in the reader's language where we know it. */
export function complaint(/** @type {any} */ words, /** @type {string} */ text) {
  text = text.replace(/^(\w+:\/?\S+: )+/, ""); // the port stands above it
  const [what, russian] = COMPLAINTS.find(([part]) => part.test(text)) ?? [/^/, ""];
  return words.language === "ru" && russian ? (what.exec(text)?.[0] ?? "").replace(what, russian) : text;
}
