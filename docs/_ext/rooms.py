"""The picture of the rooms, drawn from the order that ``tests/test_architecture.py`` enforces."""

import ast
import html
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "thetamix"


def order() -> list[str]:
    """Read the list of the test, without running it."""
    tree = ast.parse((ROOT / "tests" / "test_architecture.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "ROOMS" for t in node.targets):
            return [name for name in ast.literal_eval(node.value) if not name.startswith("_")]
    raise LookupError("tests/test_architecture.py: no ROOMS")


def first_line(name: str) -> str:
    """Return what a room says of itself."""
    path = PACKAGE / name / "__init__.py"
    doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return re.split(r"[;.](?: |$)", doc.splitlines()[0])[0].replace("``", "") if doc else ""


def draw() -> str:
    """Draw the picture as HTML: it wraps on narrow screens, and its colours follow the page's theme."""
    boxes = "".join(f"<li>{_name(name)}<span>{html.escape(first_line(name))}</span></li>" for name in order())
    return (
        '<div class="rooms"><div><section><p><b>from the ground up</b></p>'
        f'<ol>{boxes}</ol></section></div><p class="arrow">imports only go up</p></div>'
    )


def _name(name: str) -> str:
    """Write a name, with a link where it has a page."""
    page = ROOT / "docs" / "reference" / "rooms" / f"{name}.md"
    return f'<a href="../reference/rooms/{name}.html">{name}</a>' if page.exists() else f"<b>{name}</b>"
