// Words of the quarter's page.

export const TABLE = {
  quarter_this: ["Этот квартал", "This quarter"],
  quarter_last: ["Прошлый квартал", "Last quarter"],
  quarter_earlier: ["Раньше на квартал", "A quarter earlier"],
  quarter_later: ["Позже на квартал", "A quarter later"],
  quarter_from: ["С", "From"],
  quarter_to: ["По", "To"],
  quarter_print: ["Печать (PDF)", "Print (PDF)"],
  quarter_donor: ["Для доноров (PDF)", "For donors (PDF)"],
  quarter_making: ["Считаем отчёт…", "Working the report out…"],
  quarter_failed: ["Отчёт не получился: {why}", "No report: {why}"],
  quarter_again: ["Ещё раз", "Again"],
};
