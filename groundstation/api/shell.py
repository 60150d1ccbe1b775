"""The page's service worker, with the list of the page's files and their hashes written into it.

GET /sw.js    `web/sw.js` whose line `const SHELL = ...` names every file of this version
"""

import asyncio
import hashlib
import json
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import Response

WEB = Path(__file__).parent.parent / "web"
SHOWN = frozenset({".js", ".css", ".svg", ".html"})
BLANK = 'const SHELL = { version: "", files: {} };'

router = APIRouter(include_in_schema=False)


@router.get("/sw.js", response_class=Response)
async def worker() -> Response:
    """The worker of the page as it lies on the disk now."""
    text = await asyncio.to_thread(written)
    return Response(text, media_type="text/javascript")


def written() -> str:
    """The worker's text; it differs whenever any file of the page does."""
    text = (WEB / "sw.js").read_text("utf-8")
    files = shell_files()
    version = hashlib.sha256(json.dumps(files).encode()).hexdigest()[:16]
    shell = json.dumps({"version": version, "files": files})
    before, blank, after = text.partition(BLANK)
    if not blank:
        raise ValueError("web/sw.js has no place for the list of files")
    return f"{before}const SHELL = {shell};{after}"


def shell_files() -> dict[str, str]:
    """Path of each file as the browser asks for it -> SHA-256 of its bytes, hexadecimal."""
    paths = (p for p in sorted(WEB.rglob("*")) if p.suffix in SHOWN and p != WEB / "sw.js")
    hashes = {_asked_as(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in paths}
    return {"/": hashes.pop("/index.html"), **hashes}


def _asked_as(path: Path) -> str:
    return f"/{path.relative_to(WEB).as_posix()}"
