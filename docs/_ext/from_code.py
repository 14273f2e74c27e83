"""Directives that write pages from the code: they cannot say what the code does not do.

``{from-code} NAME`` is replaced by the Markdown that a function of :data:`PAGES` gives. ``{source} FILE`` shows the
lines of a module between two texts, with their true numbers; a text that is not there fails the build.
"""

import ast
import csv
import functools
import importlib
import inspect
import itertools
import re
import sys
from collections.abc import Callable
from pathlib import Path

import typer
import yaml
from docutils import nodes
from docutils.parsers.rst import directives
from pydantic import BaseModel
from pydantic_core import PydanticUndefined
from sphinx.util.docutils import SphinxDirective

HERE = Path(__file__).parent
DOCS = HERE.parent
PACKAGE = DOCS.parent / "src" / "thetamix"
sys.path.insert(0, str(DOCS.parent / "tests"))


def table(head: list[str], rows: list[list[str]]) -> str:
    """Write a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in row) + " |" for row in lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _plain(text: str) -> str:
    """Keep Markdown from taking ``<name>`` for HTML."""
    return text.replace("``", "`").replace("<", "\\<")


def _code(value: object) -> str:
    return f"`{value}`"


# -- the study file and the mapping -------------------------------------------------------------------------------


def type_name(annotation: object) -> str:
    """Return what may stand for a key, in a reader's words."""
    text = str(annotation) if not isinstance(annotation, type) else annotation.__name__
    arguments = getattr(annotation, "__args__", ())
    origin = getattr(annotation, "__origin__", None)
    if hasattr(annotation, "__metadata__"):
        return type_name(annotation.__origin__)
    if "Literal" in text.split("[")[0]:
        return ", ".join(map(_code, arguments))
    if origin is list:
        what = type_name(arguments[0])
        return f"list of {what}s" if what.endswith("number") else f"list of {what}"
    if origin is dict and str(arguments[1]).count("Forecaster"):
        return "names to entries"
    if origin is dict:
        return f"names, each with {type_name(arguments[1])}"
    if arguments:
        names = [type_name(argument) for argument in arguments if argument is not type(None)]
        return " or ".join(dict.fromkeys(names))
    words = {"str": "text", "int": "whole number", "float": "number", "bool": "true or false", "Path": "path"}
    return words.get(text, PARTS.get(text, text))


def default_of(field: object) -> str:
    """Return what a key is where it is not given."""
    if field.default_factory is not None:
        value = field.default_factory()
    elif field.default is PydanticUndefined:
        return "needed"
    else:
        value = field.default
    if isinstance(value, BaseModel):
        return "see there"
    if value is None:
        return "not given"
    if isinstance(value, list):
        return _code(f"[{', '.join(map(str, value))}]")
    return _code(str(value).lower() if isinstance(value, bool) else value)


def limits_of(field: object) -> str:
    """Return which numbers are allowed."""
    words = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
    limits = [
        f"{word} {getattr(limit, name):g}"
        for limit in field.metadata
        for name, word in words.items()
        if getattr(limit, name, None) is not None
    ]
    return ", ".join(limits)


def study_keys() -> dict[str, type[BaseModel]]:
    """Return the parts of a study file by where they stand."""
    from thetamix.evaluation.settings import Bootstrap, Evaluation
    from thetamix.forecasters import FORECASTERS
    from thetamix.inputs.settings import Inputs
    from thetamix.network.settings import Quality
    from thetamix.splits.settings import EvaluationPeriod, Split
    from thetamix.study.settings import Study
    from thetamix.training.settings import Training

    return {
        "": Study,
        "quality": Quality,
        "inputs": Inputs,
        "split": Split,
        "split.period": EvaluationPeriod,
        "training": Training,
        "evaluation": Evaluation,
        "evaluation.bootstrap": Bootstrap,
    } | {f"forecasters: kind {kind}": entry for kind, entry in FORECASTERS.items()}


def study_file() -> str:
    """Every key of a study file with its default, from the models that read it; meanings from ``study-keys.yml``."""
    from thetamix.training.settings import PRESETS, Training

    meanings = yaml.safe_load((DOCS / "reference" / "study-keys.yml").read_text(encoding="utf-8"))
    pages = []
    for place, model in study_keys().items():
        unused = dict(meanings.pop(place or "study", {}))
        rows = []
        for name, field in model.model_fields.items():
            if name not in unused:
                raise ValueError(f"study-keys.yml: {place or 'study'}: {name} has no meaning yet")
            kind = ", ".join(map(_code, PRESETS)) if name == "preset" else type_name(field.annotation)
            limits = limits_of(field)
            default = default_of(field)
            if model is Training and any(name in preset for preset in PRESETS.values()):
                default = "the preset's"
            elif name in getattr(model, "inherits", ()):
                default = "the study's"
            rows.append([_code(name), unused.pop(name), kind + (f" ({limits})" if limits else ""), default])
        if unused:
            raise ValueError(f"study-keys.yml: {place or 'study'}: {', '.join(unused)}: no such key in the code")
        title = "At the top" if not place else f"`{place}`"
        pages.append(f"## {title}\n\n{(inspect.getdoc(model) or '').replace('``', '`')}\n\n")
        pages[-1] += table(["key", "meaning", "what may stand there", "default"], rows)
    if meanings:
        raise ValueError(f"study-keys.yml: {', '.join(meanings)}: no such part in the code")
    return "\n".join(pages)


def study_template() -> str:
    """What ``thetamix init`` writes."""
    text = (PACKAGE / "templates" / "study.yml").read_text(encoding="utf-8").replace("@PRESET@", "fast")
    return f"```yaml\n{text}```\n"


def presets() -> str:
    """What the presets of the training fill in."""
    from thetamix.training.settings import PRESETS, Training

    names = list(Training.model_fields)
    keys = sorted({key for preset in PRESETS.values() for key in preset}, key=names.index)
    rows = []
    for key in keys:
        default = default_of(Training.model_fields[key])
        rows.append([_code(key), *(_code(p[key]) if key in p else default for p in PRESETS.values())])
    return table(["key", *(_code(name) for name in PRESETS)], rows)


#: What a class of settings is called where it may stand.
PARTS = {
    "Quality": "see `quality`",
    "Inputs": "see `inputs`",
    "Split": "see `split`",
    "Training": "see `training`",
    "Evaluation": "see `evaluation`",
    "Bootstrap": "see `evaluation.bootstrap`",
    "Period": "see `period`",
    "EvaluationPeriod": "see `split.period`",
    "ImportPeriod": "see `period`",
    "Forcing": "name, or `{name: optional}`",
    "Steps": "number of steps, or a duration",
    "Sequence": "number of steps, or a duration",
    "Column": "name of a column, or see [a column](#a-column)",
    "AttributeColumn": "name of a column, or see [a column of an attribute](#a-column-of-an-attribute)",
    "About": "global attributes; `title` and `source` are needed",
    "StationPlace": "a place",
    "StationTable": "a table",
    "SensorTable": "a table",
    "SensorNames": "names that say it",
    "ClusterTable": "a table of clusters",
    "PlaceColumns": "columns, see `sensors.places`",
    "SeriesTable": "tables, see `soil_moisture`",
    "ForcingTable": "tables, see `forcing`",
    "ForcingVariable": "a variable, see `forcing.variables`",
    "GridVariable": "a variable, see `grids.variables`",
    "Grid": "grids, see `grids`",
    "Depths": "see `depths`",
    "Evapotranspiration": "see `potential_evapotranspiration`",
}


def mapping_file() -> str:
    """Every key of a mapping with its default, from the models that read it."""
    from thetamix.readers.tables import mapping
    from thetamix.readers.tables.files import table_keys
    from thetamix.readers.tables.places import place_keys

    parts = {
        "The whole mapping": (mapping.Mapping, table_keys.Format),
        "How tables are written": (table_keys.Format, None),
        "Any table": (table_keys.Table, table_keys.Format),
        "A table with places": (place_keys.PlaceTable, table_keys.Table),
        "`sensors`, as a table": (place_keys.SensorTable, place_keys.PlaceTable),
        "`sensors`, from their names": (place_keys.SensorNames, None),
        "`sensors.places`": (place_keys.ClusterTable, place_keys.PlaceTable),
        "`soil_moisture`": (table_keys.SeriesTable, table_keys.Table),
        "`forcing`": (table_keys.ForcingTable, table_keys.Table),
        "`forcing.variables`": (table_keys.ForcingVariable, None),
        "`stations`, as a table": (place_keys.StationTable, place_keys.PlaceTable),
        "`stations`, written out": (place_keys.StationPlace, None),
        "`depths`": (mapping.Depths, None),
        "`period`": (mapping.ImportPeriod, None),
        "`potential_evapotranspiration`": (mapping.Evapotranspiration, None),
        "A column": (place_keys.Column, None),
        "A column of an attribute": (place_keys.AttributeColumn, place_keys.Column),
    }
    return "\n".join(_keys(title, *entry) for title, entry in parts.items())


def weather_file() -> str:
    """Every key of a mapping of weather, from the models that read it."""
    from thetamix.readers.grids import grid_keys
    from thetamix.readers.tables.files import table_keys

    parts = {
        "The whole mapping of weather": (grid_keys.WeatherMapping, table_keys.Format),
        "`grids`": (grid_keys.Grid, None),
        "`grids.variables`": (grid_keys.GridVariable, None),
    }
    return "\n".join(_keys(title, *entry) for title, entry in parts.items())


def _keys(title: str, model: type[BaseModel], above: type[BaseModel] | None) -> str:
    """Write the keys of a model that the one above it does not have; meanings from ``mapping-keys.yml``."""
    meanings = mapping_meanings()
    shared = set() if above is None else set(above.model_fields)
    rows = []
    for name, field in model.model_fields.items():
        if name not in shared:
            limits = limits_of(field)
            kind = type_name(field.annotation) + (f" ({limits})" if limits else "")
            owner = next(part.__name__ for part in model.__mro__ if name in inspect.get_annotations(part))
            key = field.alias or name
            if key not in meanings.get(owner, {}):
                raise ValueError(f"mapping-keys.yml: {owner}: {key} has no meaning yet")
            rows.append([_code(key), meanings[owner][key], kind, default_of(field)])
    doc = (inspect.getdoc(model) or "").replace("``", "`")
    return f"### {title}\n\n{doc}\n\n" + table(["key", "meaning", "what may stand there", "default"], rows)


@functools.cache
def mapping_meanings() -> dict[str, dict[str, str]]:
    """Return what each key of a mapping means, by the model that has it."""
    return yaml.safe_load((DOCS / "reference" / "mapping-keys.yml").read_text(encoding="utf-8"))


# -- the network, scores, figures, checks -------------------------------------------------------------------------


def network_variables() -> str:
    """What the network file gives a meaning to."""
    from thetamix.network.schema import VARIABLES

    rows = [
        [_code(name), ", ".join(entry.dimensions), _code(entry.units) if entry.units else "text", entry.long_name]
        for name, entry in VARIABLES.items()
    ]
    return table(["variable", "dimensions", "units", "what it is"], rows)


def flags() -> str:
    """The quality flags."""
    from thetamix.network.schema import FLAGS

    rows = [[_code(name), _code(bit), words.replace("_", " ")] for name, (bit, words) in FLAGS.items()]
    return table(["flag", "bit", "meaning"], rows)


def scores() -> str:
    """The scores by name."""
    from thetamix.evaluation.belt_scores import TITLES
    from thetamix.evaluation.floor import FLOORS
    from thetamix.evaluation.long_table import ROOT_OF_MEAN_MSE
    from thetamix.evaluation.scores import SCORES

    rows = [[_code(n), s.title, "high" if s.higher_is_better else "low"] for n, s in SCORES.items()]
    rows.append([_code(ROOT_OF_MEAN_MSE), "√(mean MSE), total rows", "low"])
    neither = ("belt_observed", "belt_predicted", "belt_matched")
    for name, title in TITLES.items():
        good = "neither" if name in neither else "high" if "likelihood" in name else "low"
        rows.append([_code(name), title, good])
    floors = " and ".join(_code(name) for name in FLOORS)
    text = table(["score", "what tables call it", "good is"], rows)
    return f"{text}\n{floors} stand among the forecasters; they have a CRPS and a log-likelihood.\n"


def figures() -> str:
    """The figures by name."""
    from thetamix.report.figures.registry import FIGURES

    rows = [[_code(name), entry.caption, entry.needs] for name, entry in FIGURES.items()]
    return table(["figure", "what it shows", "needs"], rows)


def checks() -> str:
    """The checks before training."""
    from thetamix.quality.checks.all_checks import CHECKS

    rows = [
        [_code(name), check.purpose.replace("``", "`"), check.worst, check.source] for name, check in CHECKS.items()
    ]
    return table(["check", "what it looks for", "worst", "source"], rows)


def tables() -> str:
    """The tables of a run folder with their columns; the fourth tutorial compares ``tables.yml`` with a run."""
    meanings = yaml.safe_load((DOCS / "reference" / "tables.yml").read_text(encoding="utf-8"))
    pages = []
    for name, entry in meanings.items():
        rows = [[_code(column), words] for column, words in entry["columns"].items()]
        pages.append(f"### `{name}`\n\n{entry['what']}\n\n" + table(["column", "meaning"], rows))
    return "\n".join(pages)


def registries() -> str:
    """What may be added to, as it stands."""
    places = {
        "readers": ("thetamix.readers", "READERS"),
        "forecasters": ("thetamix.forecasters", "FORECASTERS"),
        "heads": ("thetamix.model.heads", "HEADS"),
        "scores": ("thetamix.evaluation.scores", "SCORES"),
        "figures": ("thetamix.report.figures.registry", "FIGURES"),
        "checks": ("thetamix.quality.checks.all_checks", "CHECKS"),
    }
    rows = []
    for title, (module, name) in places.items():
        entries = getattr(importlib.import_module(module), name)
        listed = ", ".join(_code(entry) for entry in entries) if len(entries) < 12 else f"{len(entries)} of them"
        rows.append([title, f"`{module}`", _code(name), listed])
    return table(["what", "module", "dictionary", "entries now"], rows)


# -- the command line ---------------------------------------------------------------------------------------------


def command_line() -> str:
    """The help of every command, from the commands themselves."""
    from thetamix.cli import app

    return "\n".join(_command(typer.main.get_command(app), ["thetamix"], 2))


def _command(command: object, path: list[str], level: int) -> list[str]:
    subcommands = getattr(command, "commands", None)
    text = _plain(command.help or "")
    pages = [f"{'#' * level} `{' '.join(path)}`\n\n{text}\n"]
    arguments = [entry for entry in command.params if entry.param_type_name == "argument"]
    options = [entry for entry in command.params if entry.param_type_name == "option"]
    usage = " ".join([*path, *(_argument(entry) for entry in arguments)])
    usage += " [OPTIONS]" if options else ""
    usage += " COMMAND …" if subcommands else ""
    pages.append(f"```text\n{usage}\n```\n")
    rows = [[_code(_argument(entry)), _plain(entry.help or ""), ""] for entry in arguments]
    for entry in options:
        names = ", ".join(_code(name) for name in [*entry.opts, *entry.secondary_opts])
        names += "" if entry.is_flag else f" {VALUES[entry.display_type(None).strip('<>')]}"
        rows.append([names, _plain(entry.help or ""), _option_default(entry)])
    if rows:
        pages.append(table(["argument or option", "meaning", "default"], rows))
    for name, sub in (subcommands or {}).items():
        pages += _command(sub, [*path, name], level + 1 if len(path) > 1 else level)
    return pages


#: What an option takes, in a reader's words.
VALUES = {
    "path": "path",
    "str": "text",
    "list[str]": "text",
    "int": "whole number",
    "int range": "whole number",
    "float": "number",
    "float range": "number",
    "float,float,float,float": "four numbers",
}


def _argument(argument: object) -> str:
    name = argument.metavar or argument.name.upper()
    return name if argument.required else f"[{name}]"


def _option_default(option: object) -> str:
    if option.required:
        return "needed"
    if option.default in (None, False, ()):
        return ""
    return _code(option.default)


# -- the rooms ----------------------------------------------------------------------------------------------------


def rooms() -> str:
    """The picture of the rooms."""
    from rooms import draw

    return f"```{{raw}} html\n{draw()}\n```\n"


def benchmarks() -> str:
    """The benchmarks with their first lines."""
    rows = []
    for path in sorted((DOCS.parent / "benchmarks").glob("*.py")):
        doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        rows.append([_code(f"python benchmarks/{path.name}"), doc.splitlines()[0].split(": python")[0]])
    return table(["command", "what it measures"], rows)


PAGES: dict[str, Callable[[], str]] = {
    "study-file": study_file,
    "study-template": study_template,
    "presets": presets,
    "mapping-file": mapping_file,
    "weather-file": weather_file,
    "network-variables": network_variables,
    "flags": flags,
    "scores": scores,
    "figures": figures,
    "checks": checks,
    "tables": tables,
    "registries": registries,
    "command-line": command_line,
    "rooms": rooms,
    "benchmarks": benchmarks,
}


class FromCode(SphinxDirective):
    """``{from-code} NAME``: what a function of :data:`PAGES` writes."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Write and parse it."""
        return self.parse_text_to_nodes(PAGES[self.arguments[0]](), allow_section_headings=True)


class Room(SphinxDirective):
    """``{from-code-room} NAME``: the docstrings of all modules of a room."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Write what the room says of itself, then a section for each of its modules."""
        (_, room), *modules = room_modules(self.arguments[0])
        return [*self.parse_text_to_nodes(room), *(self._section(*module) for module in modules)]

    def _section(self, name: str, text: str) -> nodes.section:
        short = name.removeprefix("thetamix.")
        section = nodes.section("", names=[nodes.fully_normalize_name(short)])
        section += nodes.title("", "", nodes.literal("", short))
        self.state.document.note_implicit_target(section, section)
        section += self.parse_text_to_nodes(text)
        return section


def room_modules(room: str) -> list[tuple[str, str]]:
    """Return the modules of a room by name, the room itself first, with what documents them."""
    modules = []
    for path in sorted((PACKAGE / room).rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        name = ".".join(parts).removesuffix(".__init__")
        modules.append((name, f"```{{eval-rst}}\n.. automodule:: {name}\n   :members:\n   :no-index:\n```\n"))
    return modules


class Results(SphinxDirective):
    """``{results} NAME``: the rows of ``results/NAME.csv``, measured and written down by hand."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Show what there is."""
        path = DOCS / "results" / f"{self.arguments[0]}.csv"
        self.env.note_dependency(str(path))
        return self.parse_text_to_nodes(results_table(path))


def results_table(path: Path) -> str:
    """Write a CSV file as a Markdown table; its last column holds the commands that made the rows.

    A command that made all rows stands below the table, once. What a row shares with the one above it is left blank.
    """
    head, *rows = csv.reader(path.read_text(encoding="utf-8").splitlines())
    if any(len(row) != len(head) for row in rows):
        raise ValueError(f"{path}: a row has not {len(head)} cells")
    if head[-1] != "command" or not all(row[-1] for row in rows):
        raise ValueError(f"{path}: the last column is the command that makes the row; no row goes without")
    if not rows:
        return "No measurement is recorded here yet.\n"
    commands = [row.pop() for row in rows]
    shown = [[_readable(cell) for cell in row] for row in _ditto(rows)]
    heads = [_readable(cell) for cell in head[:-1]]
    if len(set(commands)) > 1:
        with_command = [[*row, _code(command)] for row, command in zip(shown, commands, strict=True)]
        return table([*heads, "command"], with_command)
    lines = commands[0].replace("; ", "\n")
    return f"{table(heads, shown)}\nMade by:\n\n```sh\n{lines}\n```\n"


def _ditto(rows: list[list[str]]) -> list[list[str]]:
    """Blank the leading cells that repeat the row above, all but the last two."""
    result = [rows[0]]
    for above, row in itertools.pairwise(rows):
        same = next((n for n, (before, other) in enumerate(zip(above, row, strict=True)) if before != other), 0)
        same = min(same, len(row) - 2)
        result.append([""] * same + row[same:])
    return result


def _readable(cell: str) -> str:
    """Write units with exponents, and a minus where a hyphen stands for one."""
    for plain, written in {"m3 m-3": "m³ m⁻³", "mm h-1": "mm h⁻¹", "mm d-1": "mm d⁻¹"}.items():
        cell = cell.replace(plain, written)
    return re.sub(r"(?<![\w-])-(?=\d)", "−", cell)


class Source(SphinxDirective):
    """``{source} FILE`` with ``:from:`` and ``:to:``: the lines from one text to another."""

    required_arguments = 1
    option_spec = {"from": directives.unchanged_required, "to": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """Find the lines."""
        path = PACKAGE / self.arguments[0]
        first, lines = source_lines(path, self.options["from"], self.options.get("to"))
        code = nodes.literal_block("\n".join(lines), "\n".join(lines), language="python", linenos=True)
        code["highlight_args"] = {"linenostart": first}
        caption = f"src/thetamix/{self.arguments[0]}, line {first}"
        if len(lines) > 1:
            caption = caption.replace("line ", "lines ") + f"–{first + len(lines) - 1}"
        wrapped = nodes.container("", literal_block=True, classes=["literal-block-wrapper"])
        wrapped += nodes.caption(caption, "", nodes.Text(caption))
        wrapped += code
        return [wrapped]


def source_lines(path: Path, start: str, end: str | None) -> tuple[int, list[str]]:
    """Find the lines of a file from one text to another, without their common indent."""
    lines = path.read_text(encoding="utf-8").splitlines()
    matches = [number for number, line in enumerate(lines) if start in line]
    if len(matches) != 1:
        raise ValueError(f"{path.name}: {start!r} is in {len(matches)} lines; name one")
    first = last = matches[0]
    if end is not None:
        after = [number for number in range(first, len(lines)) if end in lines[number]]
        if not after:
            raise ValueError(f"{path.name}: {end!r} is in no line after {start!r}")
        last = after[0]
    shown = lines[first : last + 1]
    indent = min(len(line) - len(line.lstrip()) for line in shown if line.strip())
    return first + 1, [line[indent:] for line in shown]


def setup(app: object) -> dict[str, object]:
    """Add the directives to Sphinx."""
    app.add_directive("from-code", FromCode)
    app.add_directive("from-code-room", Room)
    app.add_directive("results", Results)
    app.add_directive("source", Source)
    return {"parallel_read_safe": True, "version": "1"}
