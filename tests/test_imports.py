"""The import rules of the house: packages meet at wires, not in memory."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("firmware_bridge", "onboard", "groundstation", "sim")
SIM_MAY_TAKE = {
    "firmware_bridge.messages",
    "firmware_bridge.units",
    "firmware_bridge.errors",
    "firmware_bridge.tracks",
}
MODULES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def imported(path: Path) -> set[str]:
    """Dotted names a file imports, `from a import b` as a.b; relative ones resolved."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    here = parts[:-1]
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(here[: len(here) - node.level + 1]) if node.level else ""
            module = ".".join(filter(None, (base, node.module)))
            names |= {f"{module}.{alias.name}" for alias in node.names}
    return names


def rule_breaks(package: str, names: set[str]) -> set[str]:
    """What `package` must not import out of `names`."""
    ours = {n for n in names if n.split(".")[0] in {*PACKAGES, "tests", "benchmarks"}}
    if package == "sim":
        inside = tuple(f"{name}." for name in ("sim", *SIM_MAY_TAKE))
        return {n for n in ours if not n.startswith(inside) and n not in {"sim", *SIM_MAY_TAKE}}
    allowed = {package, "firmware_bridge"}
    return {n for n in ours if n.split(".")[0] not in allowed}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_module_keeps_the_import_rules(path: Path) -> None:
    assert not rule_breaks(path.relative_to(ROOT).parts[0], imported(path))


@pytest.mark.parametrize(
    ("package", "name"),
    [
        ("firmware_bridge", "onboard.locate.pose"),
        ("onboard", "groundstation.app"),
        ("groundstation", "sim.world"),
        ("sim", "firmware_bridge.terrain.Terrain"),
        ("sim", "firmware_bridge.earth"),
        ("sim", "firmware_bridge.unitsystem"),
        ("onboard", "tests.conftest"),
    ],
)
def test_the_rule_itself_can_fail(package: str, name: str) -> None:
    assert rule_breaks(package, {name, "numpy"}) == {name}


@pytest.mark.parametrize(
    ("package", "name"),
    [
        ("sim", "firmware_bridge.messages.Pose"),
        ("onboard", "firmware_bridge.earth"),
        ("sim", "sim.world"),
    ],
)
def test_the_rule_lets_pass_what_it_should(package: str, name: str) -> None:
    assert not rule_breaks(package, {name})
