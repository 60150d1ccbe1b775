"""What reports say: code -> (Russian, English)."""

from groundstation.words import Table

WORDS: Table = {
    # Refusals.
    "no_library": (
        "PDF не сделать: в системе нет библиотеки {library}. Установите пакет libpango-1.0-0 "
        "(и libpangoft2-1.0-0, libharfbuzz-subset0): sudo apt-get install libpango-1.0-0 "
        "libpangoft2-1.0-0 libharfbuzz-subset0",
        "No PDF: the system lacks the library {library}. Install the package libpango-1.0-0 "
        "(and libpangoft2-1.0-0, libharfbuzz-subset0): sudo apt-get install libpango-1.0-0 "
        "libpangoft2-1.0-0 libharfbuzz-subset0",
    ),
    "no_span": (
        "Укажите первый и последний день отчёта.",
        "Say the first and the last day of the report.",
    ),
    "span_backwards": (
        "Последний день {last} раньше первого {first}.",
        "The last day {last} is before the first one, {first}.",
    ),
    "span_long": (
        "Отчёт не длиннее {days} дней.",
        "A report spans {days} days at most.",
    ),
    "no_raid_named": ("Укажите рейд: --raid.", "Say which raid: --raid."),
    "no_such_raid": ("Рейда «{raid}» нет.", "There is no raid '{raid}'."),
    "several_raids": (
        "Рейдов с номером «{raid}» несколько; назовите один по его id: {ids}",
        "Several raids have the number '{raid}'; name one by its id: {ids}",
    ),
    "no_count_named": ("Укажите учёт: --count.", "Say which count: --count."),
    "no_such_count": ("Учёта «{count}» нет.", "There is no count '{count}'."),
    "may_not": (
        "Этот отчёт вам не открыт.",
        "This report is not open to you.",
    ),
    # On every sheet.
    "written": ("Составлено {when}, {who}", "Written {when} by {who}"),
    "signature": ("подпись", "signature"),
    "name_in_full": ("фамилия, инициалы", "name"),
    "date": ("Дата", "Date"),
    "signing_date": ("дата", "date"),
    "percent": ("\N{NO-BREAK SPACE}%", "%"),
    "of": ("{n} из {all}", "{n} of {all}"),
    "withdrawn": ("отозвано: {reason}", "withdrawn: {reason}"),
    # Kinds and columns.
    "kind_raid": ("рейд", "raid"),
    "kind_ambush": ("засада", "ambush"),
    "kind_flight": ("полёт", "flight"),
    "kind_count": ("учёт на маршруте", "count walk"),
    "days": ("Дней", "Days"),
    "km": ("км", "km"),
    "km_way": ("Пройдено, км", "Way, km"),
    "hours": ("Часов", "Hours"),
    "active_hours": ("Часов без отдыха", "Active hours"),
    "active_hours_short": ("Часов без отдыха", "Active hours"),
    "finds": ("Наблюдений", "Observations"),
    "transport": ("Транспорт", "Transport"),
    "mandate": ("Задача", "Mandate"),
    "team": ("Группа", "Group"),
    "station": ("Кордон", "Station"),
    "interval_95": ("Интервал 95\N{NO-BREAK SPACE}%", "95% interval"),
    "what": ("Показатель", "Figure"),
    "group": ("Группа", "Group"),
    "inspector": ("Инспектор", "Inspector"),
    "violations": ("Нару\N{SOFT HYPHEN}шений", "Viola\N{SOFT HYPHEN}tions"),
    "unnamed_team": ("без группы", "no group"),
    "unnamed_transport": ("не указан", "not named"),
    "remark": ("Заметка без категории", "Remark without a category"),
    # The quarter.
    "quarterly_title": ("Отчёт о работе групп охраны", "Report on the work of the ranger groups"),
    "totals": ("Итоги", "Totals"),
    "total_raids": ("Рейды", "Raids"),
    "total_ambushes": ("Засады", "Ambushes"),
    "total_flights": ("Полёты квадрокоптеров", "Quadcopter flights"),
    "total_counts": ("Учётные выходы", "Count walks"),
    "total_days": ("Рейдо-дни", "Raid days"),
    "total_nights": ("Ночёвки", "Nights out"),
    "total_man_days": ("Человеко-дни", "Man-days"),
    "total_km": ("Пройдено, км", "Way, km"),
    "total_hours": ("Часы в рейдах", "Hours on raids"),
    "total_active": ("Часы без отдыха", "Active hours"),
    "total_violations": ("Нарушения", "Violations"),
    "total_cats": ("Следы и встречи тигра и леопарда", "Signs of tiger and leopard"),
    "total_cameras": ("Проверки фотоловушек", "Camera trap checks"),
    "totals_note": (
        "Прошлый год стоит рядом для справки. По двум числам о тенденции не судят: см. раздел "
        "«Нарушения и усилие».",
        "The year before stands beside for reference. Two numbers make no trend: see "
        "'Violations and effort'.",
    ),
    "groups": ("По группам", "By group"),
    "inspectors": ("По инспекторам", "By inspector"),
    "coverage": ("Клеток (доля)", "Cells (share)"),
    "expected": ("Ожида\N{SOFT HYPHEN}лось", "Expected"),
    "ratio_short": (
        "К ожида\N{SOFT HYPHEN}емому, интервал 95\N{NO-BREAK SPACE}%",
        "To expected, 95% interval",
    ),
    "ratios_legend": (
        "Нарушений найдено к ожидаемым: кружок - взвешенная оценка с интервалом, крестик - сырое "
        "отношение, черта - ровно как ожидалось.",
        "Violations found to expected ones: dot, the shrunk estimate with its interval; cross, "
        "the raw quotient; line, just as expected.",
    ),
    "axis_ratio": ("найдено к ожидаемому", "found to expected"),
    "ranked_note": (
        "Ожидалось - сколько такие же дни на том же транспорте в среднем дают всем вместе: пешие "
        "рейды находят больше браконьеров, автомобильные - больше въездов. «К ожидаемому» "
        "притянуто к единице там, где дней мало: одна удачная находка за короткий рейд никого не "
        "делает первым. Если интервал накрывает 1, сказать нечего. Клетки - сетки {cell} км; "
        "доля - от всех, где за этот срок кто-то был.",
        "Expected: what such days by the same transport bring all together on average; foot "
        "patrols find more poachers, vehicles more trespassers. 'To expected' is drawn towards 1 "
        "where days are few: one lucky find on a short raid makes nobody first. An interval that "
        "holds 1 says nothing. Cells are those of a {cell} km grid; the share is of all that "
        "anybody visited in this span.",
    ),
    "credit_note": (
        "Дни, часы и километры считаются каждому участнику рейда, находка - один раз: тому, кто "
        "её записал, а если не указано - старшему. Никому не засчитано: {n}.",
        "Days, hours and kilometres are given to every member of a raid, a find once: to whoever "
        "noted it, else to the leader. Credited to nobody: {n}.",
    ),
    "no_raids": ("За этот срок рейдов не подано.", "No raids were filed for this span."),
    "commendation": ("К поощрению", "For commendation"),
    "what_for": ("За что", "What for"),
    "for_finds": (
        "Находит заметно больше, чем ожидалось: нарушений {n} вместо {expected}; с поправкой на "
        "случай {ratio} к одному (интервал {interval}).",
        "Finds clearly more than expected: {n} violations instead of {expected}; allowing for "
        "chance {ratio} to one (interval {interval}).",
    ),
    "for_effort": (
        "За усилие, какими бы ни были находки: {hours} ч без отдыха за {days} дн., {km} км.",
        "For effort, whatever was found: {hours} active hours on {days} days, {km} km.",
    ),
    "nobody_stands_out": (
        "По находкам никто не выделяется: у всех различия в пределах случайного.",
        "Nobody stands out by finds: all differences are within chance.",
    ),
    "commendation_note": (
        "По находкам - только те, у кого весь интервал выше единицы. По усилию - трое с "
        "наибольшим числом часов без отдыха. Премия за само число находок учит искать там, где "
        "легко.",
        "By finds: only those whose whole interval lies above 1. By effort: the three with most "
        "active hours. A reward for the mere number of finds teaches to look where it is easy.",
    ),
    "found": ("Что найдено", "What was found"),
    "kind_of_find": ("Что", "What"),
    "number_of": ("Число", "Number"),
    "per_100_days": ("На 100 рейдо-дней", "Per 100 raid days"),
    "nothing_found": ("Ничего не записано.", "Nothing was noted."),
    "trend": ("Нарушения и усилие", "Violations and effort"),
    "trend_decline": (
        "После кварталов, в которых рейдов было больше, нарушений было меньше: при удвоении рейдов "
        "{change} (интервал от {low} до {high}). Похоже, что рейды помогают.",
        "After quarters with more raids there were fewer violations: {change} for twice the raids "
        "(interval {low} to {high}). The raids seem to help.",
    ),
    "trend_rise": (
        "После кварталов, в которых рейдов было больше, нарушений было больше: при удвоении рейдов "
        "{change} (интервал от {low} до {high}). Ищите, что ещё менялось в те же годы.",
        "After quarters with more raids there were more violations: {change} for twice the raids "
        "(interval {low} to {high}). Look for what else changed in these years.",
    ),
    "trend_undecided": (
        "По этим данным не видно, меньше ли нарушений после рейдов: при удвоении рейдов {change} "
        "(интервал от {low} до {high}), возможны и спад, и рост.",
        "These data do not tell whether fewer violations follow more raids: {change} for twice "
        "the raids (interval {low} to {high}), a fall as well as a rise.",
    ),
    "few_periods": (
        "Данных мало, вывода нет: кварталов с рейдами подряд {have}, нужно {need}.",
        "Not enough data for a conclusion: {have} consecutive quarters with raids, {need} needed.",
    ),
    "few_finds": (
        "Данных мало, вывода нет: нарушений {have}, нужно {need}.",
        "Not enough data for a conclusion: {have} violations, {need} needed.",
    ),
    "same_effort": (
        "Данных мало, вывода нет: рейдов каждый квартал почти поровну, и сравнить не с чем.",
        "Not enough data for a conclusion: every quarter had nearly the same raids, and there is "
        "nothing to compare.",
    ),
    "no_fit": (
        "Вывода нет: модель по этим данным не определяется.",
        "No conclusion: these data do not determine the model.",
    ),
    "trend_legend": (
        "Нарушений на 100 рейдо-дней по кварталам, с интервалом 95 %; столбцы - рейдо-дни.",
        "Violations per 100 raid days by quarter with 95% interval; columns: raid days.",
    ),
    "lagged_legend": (
        "Изменение частоты нарушений против изменения усилия кварталом раньше. Отпугивали бы "
        "рейды - точки шли бы вниз вправо.",
        "Change of the violation rate against the change of effort a quarter before. If raids "
        "deterred, the dots would fall to the right.",
    ),
    "misleading": ("Обманчиво!", "Misleading!"),
    "naive_legend": (
        "Частота против усилия того же квартала. Такой график «показывает» спад и там, где его "
        "нет: в 79-100 % опытов на моделях без всякого отпугивания. Выводов по нему не делать.",
        "Rate against the effort of the same quarter. Such a plot 'shows' a decline where there "
        "is none: in 79 to 100% of simulations without any deterrence. Draw no conclusion.",
    ),
    "naive_fall": (
        "Здесь он «показывает» спад.",
        "Here it 'shows' a decline.",
    ),
    "naive_none": ("Здесь он спада не показывает.", "Here it shows no decline."),
    "axis_days": ("рейдо-дни", "raid days"),
    "axis_rate": ("нарушений на 100 рейдо-дней", "violations per 100 raid days"),
    "axis_rate_day": ("нарушений на рейдо-день", "violations a raid day"),
    "axis_effort_change": (
        "изменение рейдо-дней кварталом раньше",
        "change of raid days a quarter before",
    ),
    "axis_rate_change": ("изменение частоты", "change of rate"),
    "where_we_were": ("Где были и где нет", "Where we were, and where not"),
    "effort_legend": (
        "Километры на клетку {cell} × {cell} км. Заштриховано - там никто не был: что там, "
        "неизвестно, и это не ноль.",
        "Kilometres a cell of {cell} × {cell} km. Hatched: nobody was there; what is there is "
        "unknown, and not zero.",
    ),
    "visited": (
        "Посещено клеток: {cells}, пройдено в них {km} км.",
        "Cells visited: {cells}, with {km} km in them.",
    ),
    "no_way_filed": (
        "Треков за этот срок нет.",
        "There are no tracks in this span.",
    ),
    "way_not_yours": (
        "Карта путей вам не открыта.",
        "The map of ways is not open to you.",
    ),
    "shade": ("{low} - {high} км", "{low} to {high} km"),
    "shade_last": ("от {low} км", "{low} km and more"),
    "where_next": ("Куда идти дальше", "Where to go next"),
    "cell_centre": ("Середина клетки", "Centre of the cell"),
    "rate_per_100_km": ("На 100 км", "Per 100 km"),
    "why": ("Почему", "Why"),
    "why_hot": (
        "частота выше средней, окружена такими же",
        "rate above the mean, among others like it",
    ),
    "why_rate": ("высокая частота при этом усилии", "high rate for the effort"),
    "why_unknown": (
        "давно никто не был: разведать",
        "nobody was here: explore",
    ),
    "where_next_note": (
        "Номера - те же, что на карте. Частота поправлена на усилие и притянута к средней, где "
        "усилия мало. Часть клеток - разведка: там, где не ходят, и не находят.",
        "Numbers are those on the map. Rates are adjusted for effort and shrunk where there was "
        "little. A share of the cells is exploration: who never goes there never finds.",
    ),
    "no_next": (
        "Для выбора клеток данных мало.",
        "Not enough data to choose cells.",
    ),
    "sign_analyst": ("Составил", "Written by"),
    "sign_head": ("Начальник охраны", "Head of security"),
    "sign_director": ("Директор", "Director"),
    # A raid.
    "raid_title": ("Рейд № {number}", "Raid {number}"),
    "armed": ("С оружием", "Armed"),
    "yes": ("да", "yes"),
    "no": ("нет", "no"),
    "decoy": ("Приманка", "Decoy"),
    "no_decoy": ("не было", "none"),
    "place": ("Место", "Place"),
    "system": ("Квадрокоптер", "Quadcopter"),
    "way_type": ("Способ", "Way"),
    "type_GROUND": ("по земле", "on the ground"),
    "type_WATER": ("по воде", "on water"),
    "type_AIR": ("по воздуху", "in the air"),
    "people": ("Кто был", "Who took part"),
    "person": ("Имя", "Name"),
    "employee": ("Табельный №", "Employee number"),
    "part": ("Роль", "Part"),
    "leader": ("старший", "leader"),
    "pilot": ("водитель, пилот", "driver, pilot"),
    "member": ("участник", "member"),
    "nobody_named": ("Никто не указан.", "Nobody is named."),
    "legs_and_days": ("По дням", "Day by day"),
    "leg": ("Этап", "Leg"),
    "from": ("С", "From"),
    "until": ("До", "Until"),
    "rest_min": ("Отдых, мин", "Rest, min"),
    "no_days": ("Дни не указаны.", "No days are given."),
    "objective": ("Задание", "Objective"),
    "comment": ("Замечания", "Comment"),
    "way": ("Путь", "Way"),
    "way_legend": (
        "Сплошная линия - засчитанный путь, пунктир - рядом с засчитанным или без учёта. "
        "Треугольник - нарушение, кружок - тигр или леопард, квадрат - фотоловушка, ромб - прочее; "
        "номера - как в списке.",
        "Solid: the way that counts; dashed: beside it, or not counted. Triangle: violation; "
        "circle: tiger or leopard; square: camera trap; diamond: other; numbers as in the list.",
    ),
    "way_withheld": ("Пути рейдов вам не открыты.", "The ways of raids are not open to you."),
    "profile": ("Высота и скорость", "Elevation and speed"),
    "profile_legend": (
        "По засчитанному пути: высота над уровнем моря и скорость по отрезкам около {step} м.",
        "Along the way that counts: height above sea level, and speed over stretches of about "
        "{step} m.",
    ),
    "axis_way": ("путь, км", "way, km"),
    "axis_height": ("высота, м", "height, m"),
    "axis_speed": ("скорость, км/ч", "speed, km/h"),
    "observations": ("Наблюдения", "Observations"),
    "no_observations": ("Наблюдений не записано.", "No observations were noted."),
    "withheld": (
        "Наблюдений, которые вам не открыты: {n}.",
        "Observations that are not open to you: {n}.",
    ),
    "photographs": ("Фотографии", "Photographs"),
    "photographs_unshown": (
        "Снимков и файлов, которые здесь не показать: {n}.",
        "Photographs and files that cannot be shown here: {n}.",
    ),
    "flaws": ("Что странно", "What is odd"),
    "about": ("около этого места", "near this place"),
    "sign_leader": ("Старший рейда", "Leader of the raid"),
    # A winter count.
    "census_title": ("Зимний учёт по следам", "Winter track count"),
    "routes_walked": ("Маршрутов пройдено", "Routes walked"),
    "km_walked": ("Покрыто по плану, км", "Covered of the plan, km"),
    "km_planned": ("По плану, км", "Planned, km"),
    "covered": ("Покрыто", "Covered"),
    "density": ("Плотность", "Density"),
    "species": ("Вид", "Species"),
    "crossings": ("Пересе\N{SOFT HYPHEN}чений", "Crossings"),
    "per_10_km": ("На 10 км", "Per 10 km"),
    "daily_travel": ("Суточный ход, км", "Daily travel, km"),
    "per_100_km2": ("На 100 км²", "Per 100 km²"),
    "per_1000_ha": ("На 1000 га", "Per 1000 ha"),
    "cv": ("CV", "CV"),
    "no_species": (
        "В настройках учёта не указано, кого считают.",
        "The settings of the count do not say which animals are counted.",
    ),
    "all_km": ("Всего пройдено, км", "Gone in all, km"),
    "density_note": (
        "Формула Формозова - Малышева - Перелешина: D = (π/2)·x / (S·M), x - пересечения следов "
        "не старше суток, S - пройденные километры, M - суточный ход (средний, с разбросом). "
        "Считается каждое пересечение; следы старше суток не входят, а если счёт идёт по всем "
        "следам, километры умножены на дни после снегопада.",
        "Formozov, Malyshev and Pereleshin: D = (π/2) x / (S M), with x crossings of tracks no "
        "older than a day, S kilometres walked, M daily travel (a mean with its spread). Every "
        "crossing counts; older tracks are left out, or, where all tracks are counted, kilometres "
        "are multiplied by the days since snowfall.",
    ),
    "coverage_note": (
        "Интервал назван 95-процентным, но при пересчёте на моделях он накрывал истинную "
        "плотность только в 83-92 % случаев: один зверь пересекает несколько маршрутов. Читайте "
        "его как «скорее всего», а не как «наверняка».",
        "The interval is called a 95% one, but in simulations it held the true density in 83 to "
        "92% of cases only: one cat crosses several routes. Read it as 'probably', not as "
        "'certainly'.",
    ),
    "old_left_out": (
        "не вошли следы старше суток: {n}",
        "left out, older than a day: {n}",
    ),
    "unmeasured_left_out": (
        "не вошли: {n} - у этих выходов неизвестны километры или возраст снега",
        "left out: {n}, of walks whose kilometres or snow nobody knows",
    ),
    "unknown_age": (
        "возраст не указан, приняты за свежие: {n}",
        "of unknown age, taken for fresh: {n}",
    ),
    "travel_source": ("суточный ход: {source}", "daily travel: {source}"),
    "no_travel": (
        "суточный ход не указан, поэтому плотности нет",
        "no daily travel is given, so there is no density",
    ),
    "partial": (
        "Вошли только выходы, которые вам открыты: это не итог всего учёта.",
        "Only walks open to you are in it: this is no result of the whole count.",
    ),
    "earlier_counts": ("Прежние учёты", "Earlier counts"),
    "count": ("Учёт", "Count"),
    "ratio": ("Теперь / тогда", "Now / then"),
    "verdict": ("Вывод", "Verdict"),
    "more_now": ("стало больше", "more now"),
    "fewer_now": ("стало меньше", "fewer now"),
    "no_telling": ("различие не доказано", "no difference shown"),
    "comparison_legend": (
        "Особей на 100 км² по учётам, с интервалом.",
        "Animals per 100 km² by count, with intervals.",
    ),
    "animals": ("Следы по ширине пятки", "Tracks by heel pad"),
    "class": ("Кто", "Who"),
    "tracks": ("Следов", "Tracks"),
    "animal_male": ("взрослый самец", "grown male"),
    "animal_female_or_young": ("самка или молодой", "female or young"),
    "animal_cub": ("детёныш", "cub"),
    "animal_ambiguous": ("между порогами", "between the thresholds"),
    "animal_unmeasured": ("не измерен", "not measured"),
    "least": (
        "{species}: зверей не меньше {n}.",
        "{species}: no fewer than {n} animals.",
    ),
    "no_heel_pads": ("Пятки не измеряли.", "No heel pads were measured."),
    "animals_note": (
        "Это следы, а не звери: один зверь оставляет несколько. Пороги - в настройках учёта.",
        "These are tracks, not animals: one animal leaves several. Thresholds are settings of the "
        "count.",
    ),
    "routes": ("Маршруты", "Routes"),
    "routes_legend": (
        "Сплошная линия - пройдено, пунктир - по плану. Кружок - пересечение следа.",
        "Solid: walked; dashed: planned. Circle: a track crossed.",
    ),
    "by_route": ("По маршрутам", "Route by route"),
    "route": ("Маршрут", "Route"),
    "who": ("Кто шёл", "Who walked"),
    "planned_km": ("План, км", "Planned, km"),
    "walked_km": ("Пройдено, км", "Walked, km"),
    "no_routes": ("Маршрутов нет.", "There are no routes."),
    "sign_count": ("Ответственный за учёт", "In charge of the count"),
    "sign_science": ("Научный отдел", "Science department"),
    # For a donor.
    "donor_title": ("Охрана амурских леопардов", "Protecting the Amur leopard"),
    "donor_lead": (
        "Что сделала охрана парка за этот срок. Места и имена не называются: по ним нашли бы и "
        "зверей, и людей, которые их берегут.",
        "What the park's rangers did in this span. Places and names are left out: they would lead "
        "to the animals, and to the people who protect them.",
    ),
    "donor_days": ("рейдо-дней", "raid days"),
    "donor_km": ("километров", "kilometres"),
    "donor_hours": ("часов", "hours"),
    "donor_stopped": ("нарушений выявлено", "violations found"),
    "donor_work": ("Работа", "Work"),
    "donor_effort_legend": ("Часы в рейдах по месяцам.", "Hours on raids by month."),
    "donor_found": ("Найдено", "Found"),
    "donor_few": (
        "Числа меньше {few} не называются: по одному случаю узнают место.",
        "Numbers below {few} are not told: a single case gives its place away.",
    ),
    "fewer_than": ("меньше {few}", "fewer than {few}"),
    "donor_counts": ("Зимние учёты", "Winter counts"),
    "donor_count": ("Зимний учёт {year} года", "Winter count {year}"),
    "donor_note": (
        "Число найденных нарушений зависит и от того, сколько искали: больше находок не значит "
        "больше браконьеров, и наоборот.",
        "How many violations are found depends on how much is searched: more finds do not mean "
        "more poachers, nor the reverse.",
    ),
}
