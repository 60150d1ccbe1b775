// Every word a person reads, in both languages, and how numbers and times are written.

/** @typedef {"ru" | "en"} Language */

const TABLE = {
  title: ["Кедровка", "Kedrovka"],
  live: ["на связи", "live"],
  offline: ["нет связи со станцией", "station not answering"],
  connecting: ["соединение…", "connecting…"],
  sound_on: ["Звук включён", "Sound on"],
  sound_off: ["Звук выключен", "Sound off"],
  theme: ["День / ночь", "Day / night"],
  language: ["English", "Русский"],
  who: ["Дежурный", "On watch"],
  who_hint: ["имя", "name"],
  who_first: ["Сначала впишите имя дежурного", "Enter who is on watch first"],
  follow: ["Следить за бортом", "Follow the vehicle"],
  show_all: ["Показать всё", "Show everything"],
  new: ["Новые", "New"],
  acknowledged: ["Приняты", "Acknowledged"],
  dismissed: ["Отклонены", "Dismissed"],
  nothing_new: ["Новых тревог нет", "No new alarms"],
  nothing_here: ["Здесь пусто", "Nothing here"],
  more: ["Показать ещё {n}", "Show {n} more"],
  fire: ["Огонь", "Fire"],
  signature: ["Тепловая отметка", "Heat signature"],
  at_least: ["не ниже {t}", "at least {t}"],
  relative: ["t° неизвестна", "no temperature"],
  ce90: ["±{r} (9 из 10)", "±{r} (9 in 10)"],
  unlocated: ["Без координат", "No coordinates"],
  views: ["кадров: {n}", "{n} frames"],
  from_radio: ["по радио", "by radio"],
  clock_suspect: ["часы борта спешат", "vehicle clock is ahead"],
  acknowledge: ["Принять", "Acknowledge"],
  dismiss: ["Отклонить", "Dismiss"],
  reopen: ["Вернуть", "Reopen"],
  cancel: ["Отмена", "Cancel"],
  why_dismiss: ["Что это на самом деле?", "What is it really?"],
  reason_warm_rock: ["Нагретый камень", "Warm rock"],
  reason_roof: ["Крыша, постройка", "Roof or building"],
  reason_vehicle: ["Техника", "Vehicle"],
  reason_allowed_fire: ["Разрешённый костёр", "Permitted fire"],
  reason_animal: ["Животное", "Animal"],
  reason_own_people: ["Свои люди", "Our own people"],
  reason_other: ["Другое", "Something else"],
  vehicle: ["Борт {n}", "Vehicle {n}"],
  no_vehicles: ["Бортов в эфире нет", "No vehicles heard"],
  height: ["над стартом", "above home"],
  armed: ["моторы работают", "armed"],
  disarmed: ["моторы стоят", "disarmed"],
  silent: ["молчит {age}", "silent for {age}"],
  no_camera: ["нет данных камеры", "no camera data"],
  done_acknowledge: ["принято", "acknowledged"],
  done_dismiss: ["отклонено", "dismissed"],
  done_reopen: ["возвращено в новые", "reopened"],
  decided_elsewhere: ["Это уже решили на другом экране", "Somebody has decided this already"],
  disk_trouble: ["станция не может записать на диск", "the station cannot write to its disk"],
  save_failed: ["Не сохранено: {why}", "Not saved: {why}"],
  legend_fire: ["огонь", "fire"],
  legend_signature: ["тепло", "heat"],
  legend_ce90: ["круг: 9 из 10", "circle: 9 in 10"],
  legend_view: ["поле зрения камеры", "camera view"],
  legend_no_terrain: ["нет рельефа", "no terrain"],
  problem_camera_lost: ["нет кадров с камеры", "no camera frames"],
  problem_camera_frozen: ["изображение застыло", "camera frozen"],
  problem_camera_relative: ["камера не измеряет температуру", "camera not calibrated"],
  problem_autopilot_lost: ["нет автопилота", "autopilot lost"],
  problem_clock_unsynced: ["часы не синхронизированы", "clock not synchronised"],
  problem_clock_jumped: ["скачок часов", "clock jumped"],
  problem_position_lost: ["нет координат борта", "no position"],
  problem_gimbal_lost: ["нет данных подвеса", "no gimbal data"],
  problem_terrain_missing: ["нет рельефа", "no terrain"],
  problem_disk_low: ["мало места на диске", "disk nearly full"],
  problem_disk_full: ["диск полон", "disk full"],
  problem_recorder_stopped: ["запись остановлена", "recording stopped"],
  problem_spool_full: ["очередь донесений полна", "report queue full"],
  problem_ground_silent: ["станция не отвечает борту", "ground not answering"],
  problem_board_hot: ["плата перегрета", "board too hot"],
  problem_supply_low: ["просадка питания", "supply voltage low"],
};

/** How a vehicle's reasons for an unlocated hotspot begin, in Russian. */
const UNLOCATED = [
  ["no pose", "нет положения борта на момент кадра"],
  ["no terrain", "нет рельефа под лучом зрения"],
  ["no ground within", "земля дальше предела дальности"],
  ["camera position is below", "камера оказалась ниже рельефа"],
  ["ray grazes", "луч скользит по склону"],
  ["error too large", "погрешность слишком велика"],
  ["pixel lies outside", "точка вне поля объектива"],
  ["no view of the ground", "камера не видит землю"],
  ["no position; the radio", "причина по радио не передаётся"],
];

/** @param {Language} language */
export function strings(language) {
  const column = language === "ru" ? 0 : 1;
  const locale = language === "ru" ? "ru-RU" : "en-GB";
  const relative = new Intl.RelativeTimeFormat(locale, { style: "short" });
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });

  /** One line of the table with `{name}` filled in; an unknown key shows itself. */
  function t(/** @type {string} */ key, /** @type {Record<string, unknown>} */ values = {}) {
    const text = key in TABLE ? TABLE[/** @type {keyof typeof TABLE} */ (key)][column] : key;
    return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
  }

  /** Seconds as the largest unit that fits, "3 min ago". */
  function age(/** @type {number} */ seconds) {
    const s = Math.max(0, seconds);
    if (s < 90) return relative.format(-Math.round(s), "second");
    if (s < 5400) return relative.format(-Math.round(s / 60), "minute");
    if (s < 129600) return relative.format(-Math.round(s / 3600), "hour");
    return relative.format(-Math.round(s / 86400), "day");
  }

  /** The same without "ago". */
  function span(/** @type {number} */ seconds) {
    const [value, unit] =
      seconds < 90 ? [seconds, "second"]
      : seconds < 5400 ? [seconds / 60, "minute"]
      : seconds < 129600 ? [seconds / 3600, "hour"]
      : [seconds / 86400, "day"];
    return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 0 })
      .format(value);
  }

  return {
    t,
    age,
    span,
    celsius: (/** @type {number} */ kelvin) => `${whole.format(kelvin - 273.15)}\u00a0°C`,
    metres: (/** @type {number} */ m) => `${whole.format(m)}\u00a0${language === "ru" ? "м" : "m"}`,
    /** A reason of our own buttons in words; any other as it was written. */
    reason: (/** @type {string} */ reason) => (`reason_${reason}` in TABLE ? t(`reason_${reason}`) : reason),
    /** Why there is no place; the vehicle says it in English. */
    unlocated(/** @type {string | null} */ because) {
      const known = UNLOCATED.find(([start]) => because?.startsWith(start));
      return known && column === 0 ? known[1] : because;
    },
    speed: (/** @type {number} */ v) => `${whole.format(v)}\u00a0${language === "ru" ? "м/с" : "m/s"}`,
    clock: (/** @type {Date} */ time) => time.toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit" }),
    moment: (/** @type {Date} */ time) => time.toLocaleString(locale, { dateStyle: "short", timeStyle: "medium" }),
  };
}

/** Decimal degrees, as GPS units and radios take them. */
export function coordinates(/** @type {number} */ lat, /** @type {number} */ lon) {
  const half = (/** @type {number} */ v, /** @type {string} */ plus, /** @type {string} */ minus) =>
    `${Math.abs(v).toFixed(5)}° ${v < 0 ? minus : plus}`;
  return `${half(lat, "N", "S")}, ${half(lon, "E", "W")}`;
}
