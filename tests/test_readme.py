"""What the README shows runs."""

import re
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]


def test_python_examples_run() -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    for block in blocks:
        names: dict[str, object] = {}
        exec(block, names)
        assert np.isfinite(names["crps"]).mean() > 0.5
        assert (np.asarray(names["low"]) < np.asarray(names["high"])).all()


def test_links_and_commands_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for link in re.findall(r"\]\((?!http)([^)#]+)\)", text):
        assert (ROOT / link).exists(), link
    targets = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make (\w+)", text, re.MULTILINE):
        assert f"\n{target}:" in targets
