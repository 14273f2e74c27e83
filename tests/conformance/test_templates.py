"""A template that is copied into its room can be imported by its table: nothing that it imports needs the table."""

import ast
from pathlib import Path

import pytest

from .template_files import TEMPLATES

ROOT = Path(__file__).parents[2]
TABLES = {
    "check": "thetamix.quality.checks.all_checks",
    "figure": "thetamix.report.figures.registry",
    "forecaster": "thetamix.forecasters",
    "head": "thetamix.model.heads",
    "score": "thetamix.evaluation.scores",
}


def imported(path: Path) -> set[str]:
    """Return the modules that a file imports when it is imported itself."""
    return {
        name
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ImportFrom) and node.module
        for name in (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))
        if name.startswith("thetamix")
    }


def file_of(module: str) -> Path | None:
    path = ROOT / "src" / module.replace(".", "/")
    return next((one for one in (path.with_suffix(".py"), path / "__init__.py") if one.exists()), None)


@pytest.mark.parametrize("kind", TABLES)
def test_what_a_template_imports_does_not_import_its_table(kind: str) -> None:
    waiting, needed = imported(TEMPLATES / f"{kind}.py"), set()
    while waiting:
        module = waiting.pop()
        path = file_of(module)
        if path is not None and module not in needed:
            needed.add(module)
            waiting |= imported(path)
    assert needed
    assert TABLES[kind] not in needed
