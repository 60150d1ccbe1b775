"""Frames per second of the page: three vehicles moving, 1000 hotspots, the map being dragged.

Headless Chromium without WebGL on a canvas of 1280 x 800, against a real ground station process.
"""

import contextlib
import http.client
import json
import math
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks.doors import AGENT, let_in
from benchmarks.report import figure, missing
from firmware_bridge.identity import uuid7
from groundstation.config import GroundSettings
from sim.world.terrain import ensure_tile

HOTSPOTS, VEHICLES = 1000, 3
MEASURED_S = 8.0
CHROMIUM = Path("/usr/bin/chromium")
DRAG_AND_COUNT = """
async (seconds) => {
  const map = globalThis.kedrovka.map.map, view = map.getView(), centre = view.getCenter();
  const began = performance.now();
  let frames = 0;
  map.on("postrender", () => frames++);
  await new Promise((done) => {
    function step(now) {
      const t = (now - began) / 1000;
      if (t > seconds) return done();
      view.setCenter([centre[0] + 3000 * Math.sin(t), centre[1] + 2000 * Math.cos(t)]);
      requestAnimationFrame(step);
    }
    requestAnimationFrame(step);
  });
  return frames / ((performance.now() - began) / 1000);
}
"""


def run() -> None:
    """Print the frame rate."""
    if not CHROMIUM.exists():
        missing(f"page: {CHROMIUM} is not installed")
        return
    with tempfile.TemporaryDirectory() as folder, _station(Path(folder)) as (port, doors):
        _post_hotspots(port, doors)
        with _vehicles_moving(port, doors), sync_playwright() as playwright:
            options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
            # Its own policy forbids what `wait_for_function` does.
            page = browser.new_page(
                viewport={"width": 1280, "height": 800}, bypass_csp=True, user_agent=AGENT
            )
            url = f"http://127.0.0.1:{port}/"
            name, _, value = doors["Cookie"].partition("=")
            page.context.add_cookies([{"name": name, "value": value, "url": url}])
            page.goto(url)
            page.wait_for_function(f"globalThis.kedrovka?.records.hotspots.size === {HOTSPOTS}")
            page.wait_for_function("kedrovka.records.vehicles.size === 3")
            page.evaluate("kedrovka.map.showAll()")
            page.evaluate(DRAG_AND_COUNT, 3)  # tiles rendered and cached
            frames_per_s = page.evaluate(DRAG_AND_COUNT, MEASURED_S)
            browser.close()
    figure(f"page, {VEHICLES} vehicles, {HOTSPOTS} hotspots, dragging, frames/s",
           f"{frames_per_s:.1f}", ">= 15")  # fmt: skip


@contextlib.contextmanager
def _station(folder: Path) -> Iterator[tuple[int, dict[str, str]]]:
    ensure_tile(folder / "terrain", "N43E131")
    config = folder / "kedrovka.toml"
    config.write_text(
        f'[ground]\ndata = "{folder}/data"\nterrain = "{folder}/terrain"\nport = "auto"\n'
    )
    doors = let_in(GroundSettings(data=folder / "data"))
    command = [sys.executable, "-m", "groundstation.cli", "serve", "--config", str(config)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline().rstrip().rstrip("/").rpartition(":")[2]), doors
        process.terminate()


def _post(
    connection: http.client.HTTPConnection, path: str, body: object, doors: dict[str, str]
) -> None:
    headers = doors | {"Content-Type": "application/json"}
    connection.request("POST", f"/api/v1/{path}", json.dumps(body, default=str), headers)
    answer = connection.getresponse()
    assert answer.status in (201, 204), answer.read()
    answer.read()


def _post_hotspots(port: int, doors: dict[str, str]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    now = datetime.now(UTC)
    for number in range(HOTSPOTS):
        angle, radius = number * 2.4, 0.002 * math.sqrt(number)
        seen = now - timedelta(seconds=number)
        fix = {
            "lat_deg": 43.5 + radius * math.sin(angle),
            "lon_deg": 131.5 + radius * math.cos(angle) * 1.4,
            "alt_amsl_m": 300.0, "var_east_m2": 9.0, "var_north_m2": 9.0,
            "cov_east_north_m2": 0.0, "ce90_m": 6.4 + number % 30,
        }  # fmt: skip
        body = {
            "hotspot_id": uuid7(int(seen.timestamp() * 1000), number.to_bytes(10, "big")),
            "revision": 1, "system_id": 1 + number % VEHICLES,
            "kind": ("fire", "signature")[number % 2],
            "first_seen_utc": seen.isoformat(), "last_seen_utc": seen.isoformat(), "views": 5,
            "fix": fix, "unlocated_because": None, "peak_kelvin": 650.0,
            "contrast_kelvin": 300.0, "saturated": False, "area_m2": 1.0,
        }  # fmt: skip
        _post(connection, "hotspots", body, doors)


@contextlib.contextmanager
def _vehicles_moving(port: int, doors: dict[str, str]) -> Iterator[None]:
    stop = threading.Event()
    connection = http.client.HTTPConnection("127.0.0.1", port)

    def move() -> None:
        while not stop.wait(0.5):
            for system_id in range(1, VEHICLES + 1):
                angle = time.monotonic() / 60 + system_id
                lat, lon = 43.5 + 0.03 * math.sin(angle), 131.5 + 0.04 * math.cos(angle)
                corners = [(-1, 1), (1, 1), (1, -1), (-1, -1)]
                _post(connection, f"vehicles/{system_id}/state", {
                    "system_id": system_id, "time_utc": datetime.now(UTC).isoformat(),
                    "lat_deg": lat, "lon_deg": lon, "alt_amsl_m": 420.0,
                    "height_above_home_m": 120.0, "heading_deg": 90.0, "speed_m_s": 10.0,
                    "mode": "AUTO", "armed": True, "battery_percent": 60.0,
                    "footprint": [(lon + x / 900, lat + y / 1200) for x, y in corners],
                }, doors)  # fmt: skip

    thread = threading.Thread(target=move)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


if __name__ == "__main__":
    run()
