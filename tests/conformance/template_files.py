"""The templates of the documentation, as modules."""

import importlib.util
from pathlib import Path
from types import ModuleType

TEMPLATES = Path(__file__).parents[2] / "docs" / "templates"


def load(path: Path) -> ModuleType:
    """Load a file as a module of its own, as if it lay beside the others."""
    spec = importlib.util.spec_from_file_location(f"loaded_{path.parent.name}_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def template(kind: str) -> ModuleType:
    """Load the template of a kind of part: ``score``."""
    return load(TEMPLATES / f"{kind}.py")
