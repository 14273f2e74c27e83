"""The picture of the rooms, drawn from the order that ``tests/test_architecture.py`` enforces."""

import ast
import html
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "thetamix"
WIDTH, BOX, GAP, LEFT = 860, 34, 8, 132
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
    """Draw the picture as SVG; its colours follow the page's theme."""
    parts, y = [], 4
    for floor, names in order().items():
        title, note = FLOORS[floor]
        height = len(names) * (BOX + GAP) + GAP
        parts.append(f'<rect x="2" y="{y}" width="{WIDTH - 4}" height="{height}" rx="8" class="floor"/>')
        parts.append(f'<text x="16" y="{y + 26}" class="floor-name">{title}</text>')
        parts.append(f'<text x="16" y="{y + 44}" class="floor-note">{note}</text>')
        top = y + GAP
        for name in names:
            words = html.escape(shortened(first_line(name)))
            parts.append(
                f'<rect x="{LEFT + 24}" y="{top}" width="{WIDTH - LEFT - 38}" height="{BOX}" rx="5" class="room"/>'
                f'<text x="{LEFT + 34}" y="{top + 22}" class="room-name">{name}</text>'
                f'<text x="{LEFT + 138}" y="{top + 22}" class="room-note">{words}</text>'
            )
            top += BOX + GAP
        y += height + 14
    arrow = (
        f'<path d="M {WIDTH + 12} {y - 20} V 16" class="arrow"/>'
        f'<path d="M {WIDTH + 7} 24 L {WIDTH + 12} 12 L {WIDTH + 17} 24 z" class="head"/>'
        f'<text transform="translate({WIDTH + 32} {y / 2}) rotate(-90)" text-anchor="middle" class="floor-note">'
        "imports only go up</text>"
    )
    return (
        f'<svg class="rooms" viewBox="0 0 {WIDTH + 44} {y}" role="img" '
        'aria-label="The rooms of thetamix, from the ground to the desk; each imports only from those above '
        f'it.">{"".join(parts)}{arrow}</svg>'
    )


def shortened(text: str, most: int = 92) -> str:
    """Cut a line at a word."""
    text = text.rstrip(".")
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0] + " …"
