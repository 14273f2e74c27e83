"""What the documentation shows exists and runs; the tutorials themselves run in ``make docs``."""

import ast
import contextlib
import csv
import importlib
import importlib.util
import io
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import typer
import yaml

from thetamix.cli import app
from thetamix.forecasters import FORECASTERS
from thetamix.model.heads import HEADS
from thetamix.study.resolve import parse_study

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [
    *sorted(DOCS.rglob("*.md")),
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted(ROOT.glob("examples/**/*.md")),
]
FENCE = re.compile(r"^```(\S*)[ \t]*(.*?)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def from_code() -> Iterator[Any]:
    """The pages that are written from the code."""
    pytest.importorskip("sphinx", reason="the documentation is built with the extra docs")
    sys.path.insert(0, str(DOCS / "_ext"))
    yield importlib.import_module("from_code")
    sys.path.remove(str(DOCS / "_ext"))


def blocks(page: Path, *languages: str) -> list[str]:
    found = FENCE.findall(page.read_text(encoding="utf-8"))
    return [body for language, rest, body in found if language in languages or f"{language} {rest}" in languages]


def commands() -> list[tuple[str, str]]:
    """Every ``thetamix …`` of the pages, in blocks and between backticks, with its page."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block in blocks(page, "sh", "bash", "console", "{code-cell} python"):
            if block.startswith("%%bash") or "```python" not in block:
                joined = block.replace("\\\n", " ")
                found += [
                    (page.name, line.strip()) for line in joined.splitlines() if re.match(r"\s*thetamix ", line)
                ]
        prose = FENCE.sub("", text)
        found += [(page.name, one) for one in re.findall(r"`(thetamix [^`]+)`", prose)]
    return sorted(set(found))


def known_names(command: Any) -> set[str]:
    options = {name for one in command.params for name in [*one.opts, *one.secondary_opts]}
    return {"--help"} | {name for name in options if name.startswith("-")}


def test_there_are_commands_to_look_at() -> None:
    assert len(commands()) > 20


@pytest.mark.parametrize(("page", "line"), commands(), ids=lambda text: text[:60])
def test_commands_and_options_exist(page: str, line: str) -> None:
    words = shlex.split(re.split(r"[|;&>#]", line.replace("\\|", "|"))[0].replace("…", ""))[1:]
    command = typer.main.get_command(app)
    allowed = known_names(command)
    while words and (words[0] in allowed or words[0] in getattr(command, "commands", {})):
        word = words.pop(0)
        if word in getattr(command, "commands", {}):
            command = command.commands[word]
            allowed |= known_names(command)
    assert not getattr(command, "commands", None) or not words or words[0] == "", f"{page}: no command in {line!r}"
    for word in words:
        if re.match(r"--?[a-zA-Z]", word):
            assert word.split("=")[0] in allowed, f"{page}: {line!r} has no option {word}"


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=lambda page: page.name)
def test_python_blocks_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        for block in blocks(page, "python"):
            exec(compile(block, page.name, "exec"), names)


@pytest.mark.parametrize(
    "page", [page for page in PAGES if "{code-cell}" in page.read_text("utf-8")], ids=lambda p: p.name
)
def test_cells_are_python(page: Path) -> None:
    cells = blocks(page, "{code-cell} python")
    assert cells
    for cell in cells:
        code = re.sub(r"\A(:\w+:.*\n)+\n?", "", cell)
        if not code.lstrip().startswith("%%"):
            ast.parse(code)


def test_studies_behind_the_results_are_studies() -> None:
    paths = sorted((DOCS / "results" / "attert").glob("*.yml"))
    assert len(paths) == 4
    for path in paths:
        study = parse_study(yaml.safe_load(path.read_text(encoding="utf-8")), path.name, path.parent)
        assert study.split.scheme == path.stem
        assert (path.parent / study.network).resolve() == ROOT / "examples" / "attert" / "network.nc"


@pytest.fixture
def templates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the templates their lines in the tables, as tutorial 5 does."""
    monkeypatch.syspath_prepend(DOCS / "templates")
    for name, table, word, part in (
        ("forecaster", FORECASTERS, "climate", "Climate"),
        ("head", HEADS, "shared_spread", "SharedSpreadHead"),
    ):
        monkeypatch.setitem(table, word, getattr(importlib.import_module(name), part))
        monkeypatch.delitem(sys.modules, name)


@pytest.mark.usefixtures("templates")
def test_studies_in_cells_are_studies() -> None:
    studies = []
    for page in DOCS.rglob("*.md"):
        cells = blocks(page, "{code-cell} python")
        studies += [cell.split("\n", 1)[1] for cell in cells if cell.startswith("%%writefile study")]
    assert studies
    for study in studies:
        assert parse_study(yaml.safe_load(study), "study.yml", DOCS).forecasters


def test_pieces_of_studies_fit_into_a_study() -> None:
    base = {"name": "a", "network": "n.nc", "inputs": {"forcing": ["precipitation"]}}
    base["forecasters"] = {"annual cycle": {"kind": "annual_cycle"}}
    pieces = blocks(DOCS / "how-to" / "index.md", "yaml")
    assert len(pieces) > 5
    for piece in pieces:
        assert parse_study(base | yaml.safe_load(piece), "study.yml", DOCS).forecasters


def test_links_lead_somewhere() -> None:
    for page in PAGES:
        text = FENCE.sub("", page.read_text(encoding="utf-8"))
        for link in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", text):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_every_page_is_reached() -> None:
    listed = {"index"}
    for page in DOCS.rglob("*.md"):
        for block in blocks(page, "{toctree}"):
            for line in block.splitlines():
                if line and not line.startswith(":"):
                    folder = page.parent.relative_to(DOCS)
                    listed |= {
                        path.relative_to(DOCS).with_suffix("").as_posix()
                        for path in (DOCS / folder).glob(line + ".md")
                    }
    pages = {page.relative_to(DOCS).with_suffix("").as_posix() for page in DOCS.rglob("*.md")}
    assert pages - listed == {"results/README"}


def test_every_room_has_a_page() -> None:
    rooms = {path.parent.name for path in (ROOT / "src" / "thetamix").glob("*/__init__.py")}
    assert {page.stem for page in (DOCS / "reference" / "rooms").glob("*.md")} == rooms - {"cli"}


def test_pages_from_code_are_written(from_code: Any) -> None:
    used = set()
    for page in DOCS.rglob("*.md"):
        used |= set(re.findall(r"^```\{from-code\} (\S+)", page.read_text(encoding="utf-8"), re.MULTILINE))
    assert used == set(from_code.PAGES)
    for name, write in from_code.PAGES.items():
        assert len(write()) > 100, name  # a key without a meaning, or a meaning without a key, is an error


def test_lines_of_code_that_are_shown_exist(from_code: Any) -> None:
    number = 0
    for page in DOCS.rglob("*.md"):
        for file, options in re.findall(r"^```\{source\} (\S+)\n(.*?)^```", page.read_text("utf-8"), re.M | re.S):
            given = yaml.safe_load("\n".join(line[1:].replace(":", ": ", 1) for line in options.splitlines()))
            first, lines = from_code.source_lines(ROOT / "src" / "thetamix" / file, given["from"], given.get("to"))
            assert first > 0
            assert len(lines) < 25, f"{page.name}: {file}: too much to read"
            number += 1
    assert number > 10


def test_measured_tables_are_whole(from_code: Any) -> None:
    for path in (DOCS / "results").glob("*.csv"):
        assert from_code.results_table(path)


def test_commands_of_measured_tables_exist() -> None:
    number = 0
    for path in (DOCS / "results").glob("*.csv"):
        for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines()):
            for name in re.findall(r"(?:tests|benchmarks|docs)/[\w/.-]+\.\w+", row["command"]):
                assert (ROOT / name).exists(), f"{path.name}: {name}"
                number += 1
    assert number > 20


def test_measured_tables_are_readable(from_code: Any, tmp_path: Path) -> None:
    path = tmp_path / "made.csv"
    path.write_text(
        "what,unit,value,other,command\na,m3 m-3,-1.6e-13,2,make --all; do\na,m3 m-3,0.1,2,make --all; do\n"
    )
    lines = from_code.results_table(path).splitlines()
    assert lines[0] == "| what | unit | value | other |"
    assert lines[2:4] == ["| a | m³ m⁻³ | −1.6e-13 | 2 |", "|  |  | 0.1 | 2 |"]
    assert lines[-3:-1] == ["make --all", "do"]
    path.write_text("what,value,command\na,1,make one\na,1,make --two\n")
    assert from_code.results_table(path).splitlines()[2:] == [
        "| a | 1 | `make one` |",
        "| a | 1 | `make --two` |",
    ]
    path.write_text("what,value,command\na,1,\n")
    with pytest.raises(ValueError, match="no row goes without"):
        from_code.results_table(path)


def test_schemes_are_compared_on_shared_series() -> None:
    specification = importlib.util.spec_from_file_location("schemes", DOCS / "results" / "schemes.py")
    assert specification is not None
    assert specification.loader is not None
    schemes = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(schemes)
    rows = [
        ("3G-LSTM", "1", "0.1", "a", 1.0),
        ("3G-LSTM", "1", "0.1", "b", 9.0),  # the other one does not predict it
        ("3G-LSTM", "1", "0.3", "a", 2.0),
        ("3G-LSTM", "2", "0.3", "a", 4.0),
        ("annual cycle", "1", "0.1", "a", 2.0),
        ("annual cycle", "1", "0.3", "a", 3.0),
        ("annual cycle", "2", "0.3", "a", 7.0),
        ("annual cycle", "all", "0.1", "a", 100.0),
        ("a third", "1", "0.1", "a", 100.0),
    ]
    scores = pd.DataFrame(rows, columns=["forecaster", "seed", "depth", "cluster", "value"]).assign(score="crps")
    table, n = schemes.means(scores)
    assert n == 3
    assert table["crps"].to_dict() == {"3G-LSTM": (1 + 3) / 2, "annual cycle": (2 + 5) / 2}


def test_the_picture_of_the_rooms_is_whole(from_code: Any) -> None:
    picture = from_code.rooms()
    for name in ("system", "mixture", "report", "cli"):
        assert f">{name}</" in picture
    for link in re.findall(r'href="\.\./([^"]+)\.html"', picture):
        assert (DOCS / f"{link}.md").exists()


def test_a_page_that_scrolls_sideways_is_found(from_code: Any, tmp_path: Path) -> None:  # noqa: ARG001
    pytest.importorskip("playwright")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no chromium")
    good, bad = tmp_path / "good.html", tmp_path / "bad.html"
    good.write_text('<meta name="viewport" content="width=device-width"><article>short</article>')
    bad.write_text(
        '<article><table></table><img src="none.png"><div style="width:500px">wide</div></article>'
        "<script>throw new Error('oops')</script>"
    )
    (_, none), (_, faults) = importlib.import_module("phone").faults_of(chromium, [good, bad])
    assert none == []
    for words in ("scrolls sideways", "without rows", "none.png", "oops"):
        assert sum(words in fault for fault in faults) == 1, faults


def test_every_room_speaks_first(from_code: Any) -> None:
    for page in (DOCS / "reference" / "rooms").glob("*.md"):
        first, *others = [name for name, _ in from_code.room_modules(page.stem)]
        assert first == f"thetamix.{page.stem}"
        assert others
        assert all(name.startswith(f"{first}.") for name in others)


def test_files_that_are_named_exist() -> None:
    places = [ROOT, ROOT / "src" / "thetamix"]
    for page in [
        *(DOCS / "carry-on").glob("*.md"),
        *(DOCS / "science").glob("*.md"),
        ROOT / "CONTRIBUTING.md",
    ]:
        text = FENCE.sub("", page.read_text(encoding="utf-8"))
        for name in re.findall(r"`([\w/-]+/|[\w/.-]+\.(?:py|md|toml|txt|cff))`", text):
            if "a/b" not in name and "a/test" not in name:
                assert any((place / name).exists() for place in places), f"{page.name}: {name}"


def test_wrong_marks_are_found(from_code: Any, tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text("one = 1\n    two = 2\n")
    assert from_code.source_lines(path, "two", None) == (2, ["two = 2"])
    with pytest.raises(ValueError, match="is in 0 lines"):
        from_code.source_lines(path, "three", None)
    with pytest.raises(ValueError, match="in no line after"):
        from_code.source_lines(path, "one", "three")


def test_commands_that_do_not_exist_are_found() -> None:
    with pytest.raises(AssertionError):
        test_commands_and_options_exist("a page", "thetamix run study.yml --no-such-option")
    with pytest.raises(AssertionError):
        test_commands_and_options_exist("a page", "thetamix no-such-command")


def test_no_package_registries() -> None:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"pypi\.org|pythonhosted|anaconda\.org|conda-forge", text), page.name
