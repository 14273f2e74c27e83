"""The house: imports go one way, modules and functions stay readable, and the command line starts at once."""

import ast
import graphlib
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "thetamix"
BENCHMARKS = Path(__file__).parents[1] / "benchmarks"

#: From the ground up: a room imports only from those that come before it.
ROOMS = [
    "_version",
    "system",
    "mixture",
    "network",
    "weather",
    "places",
    "splits",
    "inputs",
    "quality",
    "readers",
    "simulation",
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

#: Lines without the docstring, and arguments.
LONGEST_FUNCTION = 60
MOST_ARGUMENTS = 9
LONGEST_MODULE = 320

#: Quantities of a formula, and a call that users write.
MANY_ARGUMENTS = {"daily_reference", "simulate"}

HEAVY = ["torch", "numba", "pandas", "xarray", "scipy", "matplotlib", "numpy", "netCDF4", "pydantic"]


def module_name(path: Path) -> str:
    name = ".".join(("thetamix", *path.relative_to(PACKAGE).with_suffix("").parts))
    return name.removesuffix(".__init__")


def imports(path: Path) -> set[str]:
    """What a module imports of the package, also within functions and for types only."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            full = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= {name if name in MODULES else node.module for name in full}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {name for name in names if name.startswith("thetamix.")} - {module_name(path)}


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py")) if path != PACKAGE / "__init__.py"}


def modules() -> list[Path]:
    return list(MODULES.values())


def test_every_module_has_its_place_in_the_order() -> None:
    rooms = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in modules()}
    assert rooms <= set(ORDER)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_from_rooms_nearer_to_the_ground(path: Path) -> None:
    room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    above = {name for name in imports(path) if ORDER[name.split(".")[1]] > ORDER[room]}
    assert not above, f"{path.name} imports from {above}"


@pytest.mark.parametrize("path", sorted(BENCHMARKS.rglob("*.py")), ids=lambda path: str(path.relative_to(BENCHMARKS)))
def test_what_a_benchmark_imports_is_there(path: Path) -> None:
    """No test runs them: a name that has changed would be missed."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("thetamix"):
            module = importlib.import_module(str(node.module))
            for alias in node.names:
                if not hasattr(module, alias.name):
                    importlib.import_module(f"{node.module}.{alias.name}")


def circle(graph: dict[str, set[str]]) -> list[str]:
    """Modules that import each other, the first again at the end; empty where there are none."""
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = {name: imports(path) for name, path in MODULES.items()}
    assert circle(graph) == []


def test_a_circle_is_seen() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": set()})[0] in "abc"


def test_nothing_stands_loose_at_the_top() -> None:
    assert {path.name for path in PACKAGE.glob("*.py")} == {"__init__.py", "_version.py"}


def test_modules_have_one_subject() -> None:
    longest = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}
    assert {name: lines for name, lines in longest.items() if lines > LONGEST_MODULE} == {}


def functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{path.relative_to(PACKAGE)}:{node.name}", node


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first, end = function.body[0], function.end_lineno or 0
    doc = (first.end_lineno or 0) - first.lineno + 1 if ast.get_docstring(function) else 0
    return end - function.lineno + 1 - doc


def arguments_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    every = (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
    return len([argument for argument in every if argument.arg not in ("self", "cls")])


def test_functions_are_short() -> None:
    lengths = {name: lines_of(function) for name, function in functions()}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FUNCTION} == {}


def test_functions_have_few_arguments() -> None:
    arguments = {name: arguments_of(function) for name, function in functions()}
    many = {name for name, number in arguments.items() if number > MOST_ARGUMENTS}
    assert {name.rpartition(":")[2] for name in many} == MANY_ARGUMENTS


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
