"""The picture of the rooms, drawn from the order that ``tests/test_architecture.py`` enforces."""

import ast
import html
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "thetamix"
FLOORS = {
    "GROUND": ("ground", "stands on nothing"),
    "ROOMS": ("rooms", "take plain arguments"),
    "DESK": ("desk", "reads the study"),
}


def order() -> dict[str, list[str]]:
    """Read the lists of the test, without running it."""
    tree = ast.parse((ROOT / "tests" / "test_architecture.py").read_text(encoding="utf-8"))
    return {
        target.id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id in FLOORS
    }


def first_line(name: str) -> str:
    """Give what a room says of itself."""
    path = PACKAGE / name / "__init__.py"
    path = path if path.exists() else PACKAGE / f"{name}.py"
    doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return re.split(r"[;.](?: |$)", doc.splitlines()[0])[0].replace("``", "") if doc else ""


def draw() -> str:
    """Draw the picture as HTML: it wraps on narrow screens, and its colours follow the page's theme."""
    floors = []
    for floor, names in order().items():
        title, note = FLOORS[floor]
        boxes = "".join(
            f"<li>{_name(name)}<span>{html.escape(first_line(name))}</span></li>" for name in names
        )
        floors.append(f"<section><p><b>{title}</b> <small>{note}</small></p><ol>{boxes}</ol></section>")
    return f'<div class="rooms"><div>{"".join(floors)}</div><p class="arrow">imports only go up</p></div>'


def _name(name: str) -> str:
    """Write a name, with a link where it has a page."""
    page = ROOT / "docs" / "reference" / "rooms" / f"{name}.md"
    return f'<a href="../reference/rooms/{name}.html">{name}</a>' if page.exists() else f"<b>{name}</b>"
