"""The house: rooms import only from rooms above them, and the command line starts without heavy packages."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "thetamix"

#: From the ground up: a room imports only from those that come before it.
ROOMS = [
    "_version",
    "system",
    "mixture",
    "network",
    "weather",
    "places",
    "splits",
    "quality",
    "readers",
    "simulation",
    "inputs",
    "model",
    "training",
    "prediction",
    "forecasters",
    "evaluation",
    "report",
    "study",
    "cli",
]
ORDER = {name: number for number, name in enumerate(ROOMS)}

HEAVY = ["torch", "numba", "pandas", "xarray", "scipy", "matplotlib", "numpy", "netCDF4", "pydantic"]


def imported_rooms(path: Path) -> set[str]:
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names = [node.module]
            if node.module == "thetamix":
                names = [f"thetamix.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        rooms |= {name.split(".")[1] for name in names if name.startswith("thetamix.")}
    return rooms


def modules() -> list[Path]:
    return [path for path in sorted(PACKAGE.rglob("*.py")) if path != PACKAGE / "__init__.py"]


def test_every_module_has_its_place_in_the_order() -> None:
    rooms = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in modules()}
    assert rooms <= set(ORDER)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_from_rooms_above_it(path: Path) -> None:
    room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    below = {other for other in imported_rooms(path) if ORDER[other] > ORDER[room]}
    assert not below, f"{path.name} imports from {below}"


def test_modules_have_one_subject() -> None:
    longest = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}
    assert {name: lines for name, lines in longest.items() if lines > 320} == {}


@pytest.mark.parametrize(
    "code",
    [
        "import thetamix",
        "import sys; sys.argv = ['thetamix', '--help']; from thetamix.cli import main; main()",
    ],
    ids=["import", "help"],
)
def test_starting_is_instant(code: str) -> None:
    check = f"import sys, atexit; atexit.register(lambda: sys.stderr.write(' '.join(sys.modules)));{code}"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stderr.split()}
    assert "thetamix" in loaded
    assert not loaded & set(HEAVY)
