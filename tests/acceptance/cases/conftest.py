"""Small inputs as real loggers, archives and downloads write them, copied to where a test may write."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

CASES = Path(__file__).parents[2] / "cases"
IMPORT = ("import", "csv", "raw", "--mapping", "m.yml", "-o", "n.nc")


def change_mapping(part: str, **keys: object) -> None:
    """Change keys of a part of the mapping here, or of its top where they stand there."""
    path = Path("m.yml")
    mapping = yaml.safe_load(path.read_text(encoding="utf-8"))
    for key, value in keys.items():
        (mapping if key in mapping else mapping[part])[key] = value
    path.write_text(yaml.safe_dump(mapping), encoding="utf-8")


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Copy the inputs of a case, make that folder the current one, and return it."""

    def copy(name: str) -> Path:
        folder = tmp_path / name
        shutil.copytree(CASES / name, folder)
        monkeypatch.chdir(folder)
        return folder

    return copy
