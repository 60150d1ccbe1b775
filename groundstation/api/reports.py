"""/api/v1/reports/{report}: reports to be shown, printed and signed.

GET quarterly ?from&to, raid ?raid (id or number), census ?count (id or name), donor ?from&to.
`lang` is ru or en, the reader's own by default; `form` one of

    part  the body, <article class="report">, for the page to show in its shell with /report.css
    page  a whole HTML document
    pdf   A4; its numbers are links to this station, by `[ground.station] url`, else by the
          address that was asked

Each holds what the reader may see; whoever reads what is sensitive is written into the audit log.
"""

import asyncio
from datetime import date
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response

from groundstation.api.common import AccountOf, LanguageOf, StationOf
from groundstation.records.wall_clock import zone_of
from groundstation.report import page, reports
from groundstation.report.asked import Asked
from groundstation.report.drawing import desk
from groundstation.report.page import Form, Paper
from groundstation.report.reports import Figures
from groundstation.station import Station
from groundstation.words import Language

router = APIRouter(prefix="/reports", tags=["reports"])
Name = Annotated[str | None, Query(max_length=120)]
GATHER_DEADLINE_S = 60.0


@router.get("/{report}", response_class=Response)
async def report(
    report: Literal["quarterly", "raid", "census", "donor"],
    station: StationOf,
    account: AccountOf,
    readers: LanguageOf,
    request: Request,
    first: Annotated[date | None, Query(alias="from")] = None,
    last: Annotated[date | None, Query(alias="to")] = None,
    raid: Name = None,
    count: Name = None,
    lang: Language | None = None,
    form: Form = "page",
) -> Response:
    """The report in one of its forms."""
    now = station.clock()
    today = now.astimezone(zone_of(station.settings.station.zone)).date()
    asked = Asked(account, lang or readers, today, first, last, raid, count)
    figures = await station.store.read(
        lambda connection: reports.gather(connection, report, asked), GATHER_DEADLINE_S
    )
    if figures.sensitive:
        await station.store.write(
            lambda connection: reports.note(connection, report, figures, asked, now)
        )
    own = station.settings.station.url or str(request.base_url)
    base = own.rstrip("/") + "/" if form == "pdf" else "/"
    paper = reports.paper_of(station.settings, asked, base, now)
    async with station.printing:
        content = await asyncio.to_thread(_made, station, report, figures, paper, form)
    return _answer(content, figures.title, form)


def _made(station: Station, report: str, figures: Figures, paper: Paper, form: Form) -> bytes:
    tools = desk(station.settings, station.basemap, paper.language)
    body = reports.body(report, figures, paper, tools)
    if form == "part":
        return body.encode()
    document = page.whole(body, figures.title, paper, paged=form == "pdf")
    return page.pdf(document) if form == "pdf" else document.encode()


def _answer(content: bytes, title: str, form: Form) -> Response:
    headers = {"Cache-Control": "no-store"}
    if form == "pdf":
        name = quote(f"{title}.pdf", safe="")
        headers["Content-Disposition"] = f"inline; filename*=UTF-8''{name}"
        return Response(content, media_type="application/pdf", headers=headers)
    return Response(content, media_type="text/html; charset=utf-8", headers=headers)
