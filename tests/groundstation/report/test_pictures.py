"""Maps and plots: what they show, and that the page's policy lets them through."""

import base64
import re

import cv2
import numpy as np
import pytest
from lxml import etree

from groundstation.report import maps, plots
from groundstation.report.maps import Cell, Frame, Sign, Way

SVG = "{http://www.w3.org/2000/svg}"
LAGGED = np.array([-1.5, 0.25, 1.0]), np.array([0.5, -0.5, 0.1])


def tree(svg: str) -> "etree._Element":
    return etree.fromstring(svg.encode())


def texts(svg: str) -> list[str]:
    return [text.text for text in tree(svg).iter(f"{SVG}text")]


def test_a_plot_has_no_style_of_its_own_and_text_that_can_be_read() -> None:
    plot = plots.scatter(*LAGGED, ("усилие", "частота"), "lagged", True, "ru")
    assert "style" not in plot
    assert {"усилие", "частота", "−1,5"} <= set(texts(plot))
    assert plots.scatter(*LAGGED, ("усилие", "частота"), "lagged", True, "ru") == plot


def test_english_plots_keep_the_point() -> None:
    plot = plots.scatter(*LAGGED, ("effort", "rate"), "lagged", True, "en")
    assert not [text for text in texts(plot) if "," in text]


def test_two_plots_on_a_page_share_no_id() -> None:
    ids = [
        element.get("id")
        for name in ("lagged", "naive")
        for element in tree(plots.scatter(*LAGGED, ("x", "y"), name, False, "ru")).iter()
        if element.get("id")
    ]
    assert len(ids) == len(set(ids)) > 10


def test_a_reference_inside_a_plot_leads_to_what_is_there() -> None:
    plot = plots.columns(["a", "b"], np.array([1.0, 2.0]), "км", "ru")
    ids = {element.get("id") for element in tree(plot).iter()}
    referred = re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', plot)
    assert referred
    assert {one or other for one, other in referred} <= ids


def test_text_in_a_picture_is_escaped() -> None:
    evil = "<script>alert(1)</script>"
    frame = maps.frame_of((131.0, 43.0, 131.2, 43.2))
    drawn = maps.drawn(frame, None, "ru", evil, signs=[Sign(43.1, 131.1, "circle", evil)])
    plot = plots.columns([evil], np.array([1.0]), evil, "ru")
    for svg in (drawn, plot):
        assert "<script" not in svg
        assert evil in [e.text for e in tree(svg).iter() if e.text]


@pytest.mark.parametrize(
    "box",
    [
        (131.0, 43.0, 131.5, 43.3),
        (131.0, 43.0, 131.0, 43.0),  # one place
        (130.0, 43.0, 132.0, 43.01),  # a river
        (131.0, 42.0, 131.01, 44.0),
    ],
)
def test_a_map_holds_its_box_and_keeps_its_proportions(box: maps.Box) -> None:
    frame = maps.frame_of(box)
    west, south, east, north = frame.degrees()
    assert west < box[0] <= box[2] < east
    assert south < box[1] <= box[3] < north
    assert 0.44 < frame.height / 640 < 0.93
    corners = frame.xy(np.array([north, south]), np.array([west, east]))
    assert np.allclose(corners, [[0, 0], [640, frame.height]], atol=1e-6)


def test_the_scale_bar_is_true() -> None:
    frame = maps.frame_of((131.0, 43.0, 131.5, 43.3))
    svg = maps.drawn(frame, None, "ru", "карта")
    label = next(text for text in texts(svg) if text.endswith("км"))
    units = float(re.search(r"v4h([\d.]+)v-4", svg)[1])  # type: ignore[index]
    # A degree of longitude is 111.32 km times the cosine of the latitude.
    west, south, east, north = frame.degrees()
    km_across = (east - west) * 111.32 * np.cos(np.radians((south + north) / 2))
    assert units / 640 * km_across == pytest.approx(float(label.split()[0]), rel=0.004)


def tile(colour: tuple[int, int, int]) -> maps.Tile:
    done, png = cv2.imencode(".png", np.full((256, 256, 3), colour, np.uint8))
    assert done
    return lambda z, x, y: png.tobytes()


def embedded(svg: str) -> np.ndarray:  # type: ignore[type-arg]
    found = re.search(r'href="data:image/jpeg;base64,([^"]+)"', svg)
    assert found is not None
    return cv2.imdecode(np.frombuffer(base64.b64decode(found[1]), np.uint8), cv2.IMREAD_COLOR)


def test_the_relief_lies_pale_under_the_map() -> None:
    svg = maps.drawn(maps.frame_of((131.0, 43.0, 131.2, 43.1)), tile((0, 100, 200)), "ru", "карта")
    picture = embedded(svg)
    assert 700 <= picture.shape[1] <= 1402
    assert np.abs(picture.reshape(-1, 3).mean(0) - [114.75, 169.75, 224.75]).max() < 3


def test_the_relief_lies_where_it_belongs() -> None:
    """Tiles that know their place: the seam between two of them falls on its meridian."""

    def two(z: int, x: int, y: int) -> bytes:
        east = x * 360 / 2**z - 180 >= 131.484375 - 1e-9  # a border of tiles at zoom 10 and below
        return tile((255, 255, 255) if east else (0, 0, 0))(z, x, y)

    frame = maps.frame_of((131.2, 43.0, 131.8, 43.2))
    svg = maps.drawn(frame, two, "ru", "карта")
    image = tree(svg).find(f".//{SVG}image")
    picture = embedded(svg)
    seam_px = float(np.argmax(picture[5, :, 0] > 180))
    left, width = float(image.get("x")), float(image.get("width"))
    seam = left + seam_px / picture.shape[1] * width
    wanted = frame.xy(np.array([43.1]), np.array([131.484375]))[0, 0]
    assert seam == pytest.approx(wanted, abs=1.0)


def test_where_nobody_was_is_hatched_and_where_somebody_was_is_shaded() -> None:
    frame = maps.frame_of((131.0, 43.0, 131.2, 43.1))
    cells = [
        Cell((131.0, 43.0, 131.02, 43.02), "#7fb069"),
        Cell((131.1, 43.0, 131.12, 43.02), None, "1"),
    ]
    svg = maps.drawn(frame, None, "ru", "карта", cells=cells, unknown=True)
    assert svg.count('fill="#7fb069"') == 1
    assert "1" in texts(svg)
    assert len(maps.drawn(frame, None, "ru", "карта", cells=cells)) < len(svg)


def test_a_long_way_is_thinned_and_keeps_its_ends() -> None:
    frame: Frame = maps.frame_of((131.0, 43.0, 131.2, 43.1))
    lat, lon = np.linspace(43.0, 43.1, 50_000), np.linspace(131.0, 131.2, 50_000)
    lat[100:200] = np.nan  # a gap in the record
    svg = maps.drawn(frame, None, "ru", "карта", ways=[Way(lat, lon)])
    points = tree(svg).find(f".//{SVG}polyline").get("points").split()
    assert 200 < len(points) < 1500
    ends = frame.xy(lat[[0, -1]], lon[[0, -1]])
    assert points[0] == "{:.1f},{:.1f}".format(*ends[0])
    assert points[-1] == "{:.1f},{:.1f}".format(*ends[1])
