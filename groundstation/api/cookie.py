"""The cookie a session lives in.

Source: RFC 6265bis (SameSite).
"""

from fastapi import Request
from starlette.responses import Response

from groundstation.station import Station

NAME = "kedrovka_session"


def text(request: Request, token: str) -> str:
    """The value of Set-Cookie that gives the browser a token."""
    answer = Response()
    give(request, answer, token)
    return answer.headers["set-cookie"]


def give(request: Request, answer: Response, token: str) -> None:
    """Give the browser a token, as long as the longest session; scripts cannot read it."""
    station: Station = request.app.state.station
    answer.set_cookie(
        NAME,
        token,
        max_age=int(station.lifetimes().longest.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


def take(request: Request, answer: Response) -> None:
    """Take it away."""
    secure = request.url.scheme == "https"
    answer.delete_cookie(NAME, httponly=True, samesite="strict", secure=secure)
