"""Commands that turn raw files into a network, and a network into files of other programs."""

import math
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer
import typer.main
from typer.core import TyperGroup

from thetamix.cli.networks import qc
from thetamix.readers import READERS, find_reader

if TYPE_CHECKING:
    import numpy as np

    from thetamix.system.progress import Progress

Source = Annotated[Path, typer.Argument(help="The file, folder or archive.")]
Quality = Annotated[bool, typer.Option("--qc", help="Set quality flags too, as `thetamix qc` does.")]
Output = Annotated[Path, typer.Option("--output", "-o", help="The network file to write (NetCDF).")]


def import_csv(
    source: Annotated[Path, typer.Argument(help="Folder with the tables, or a .zip or .tar.gz of it.")],
    mapping: Annotated[Path | None, typer.Option(help="What the columns mean (YAML).")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The network file to write (NetCDF).")] = None,
    guess: Annotated[
        bool, typer.Option("--guess", help="Print a first mapping for the folder, to be corrected.")
    ] = False,
    quality: Quality = False,
) -> None:
    """Tables of readings, sensors and forcing (CSV, TOA5, Excel), described by a small mapping."""
    if guess:
        from thetamix.cli.terminal import open_progress
        from thetamix.readers.tables.guess.guess_mapping import guess_mapping

        with open_progress().task("a first mapping") as report:
            text = guess_mapping(source, lambda what, share: report(share, what))
        if mapping is None:
            typer.echo(text, nl=False)
            return
        from thetamix.cli.terminal import open_progress
        from thetamix.system.errors import InputError
        from thetamix.system.files import write_text

        if mapping.exists():
            raise InputError(f"{mapping}: is there already; give another name")
        write_text(mapping, text)
        open_progress().say(f"wrote {mapping}: correct it, above all where it says TODO")
        return
    if mapping is None or output is None:
        raise typer.BadParameter("give --mapping and --output, or --guess for a first mapping")
    _import("csv", source, output, quality, mapping=mapping)


def import_ismn(
    source: Annotated[Path, typer.Argument(help="The zip file as downloaded, or its folder.")],
    output: Output,
    network: Annotated[
        list[str] | None, typer.Option(help="Only this network of the archive; repeat it for several.")
    ] = None,
    depths: Annotated[
        str | None, typer.Option(help='Nominal depths [m], "0.05 0.1 0.2"; found where not given.')
    ] = None,
    tolerance: Annotated[float, typer.Option(help="How far a sensor may be from them [m].")] = 0.02,
    start: Annotated[str | None, typer.Option(help="First day, UTC: 2015-01-01.")] = None,
    end: Annotated[str | None, typer.Option(help="Last day, UTC.")] = None,
    box: Annotated[
        tuple[float, float, float, float] | None, typer.Option(help="West, south, east, north [degrees].")
    ] = None,
    quality: Quality = False,
) -> None:
    """An archive of the International Soil Moisture Network, with its flags."""
    from thetamix.system.errors import InputError

    settings = {
        "networks": tuple(network or ()),
        "start": _day(start, "--start"),
        "end": _day(end, "--end"),
        "box": box,
        "depths": _numbers(depths),
        "tolerance": tolerance,
    }
    if box is not None and box[1] > box[3]:
        raise InputError(f"--box: south {box[1]:g} is north of north {box[3]:g}; write west, south, east, north")
    _import("ismn", source, output, quality, **settings)


def import_forcing(
    source: Annotated[Path, typer.Argument(help="Folder with the tables and grids, or an archive of it.")],
    mapping: Annotated[Path, typer.Option(help="What they mean (YAML).")],
    into: Annotated[Path, typer.Option(help="The network file that the weather is for.")],
    output: Output,
) -> None:
    """Weather from elsewhere, for a network: station tables, grids, ERA5-Land."""
    _import("forcing", source, output, quality=False, mapping=mapping, into=into)


def import_places(
    table: Annotated[Path, typer.Argument(help="A row a place: name, latitude, longitude, elevation, attributes.")],
    output: Output,
    depths: Annotated[str, typer.Option(help='Depths to predict [m], "0.05 0.1 0.2".')],
    weather: Annotated[
        Path | None, typer.Argument(help="Folder with tables and grids, an archive of it, or the mapping in it.")
    ] = None,
    mapping: Annotated[Path | None, typer.Option(help="What they mean (YAML), as for forcing.")] = None,
    start: Annotated[str | None, typer.Option(help="First day, UTC; that of the weather where not given.")] = None,
    end: Annotated[str | None, typer.Option(help="Last day, UTC.")] = None,
) -> None:
    """Places without sensors, with their weather: a network for `thetamix predict`."""
    from thetamix.cli.terminal import open_progress
    from thetamix.readers.places_reader import read_places
    from thetamix.system.errors import InputError
    from thetamix.system.files import refuse_input

    if weather is not None and weather.suffix in (".yml", ".yaml") and mapping is None:
        weather, mapping = weather.parent, weather
    if weather is not None and mapping is None:
        raise InputError(f"{weather}: say with --mapping what the tables and grids in it mean")
    refuse_input(output, [path for path in (table, weather, mapping) if path is not None])
    period = _day(start, "--start"), _day(end, "--end")
    progress = open_progress()
    with progress.task("import") as report:
        metres = _numbers(depths) or []
        read_places(
            table, output, metres, period, weather, mapping, lambda what, share: report(share, what), progress.say
        )
    _print_contents(progress, output)


class Importers(TyperGroup):
    """The commands above, and one for each other reader of the table, made of its settings when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the words of all readers."""
        own = super().list_commands(ctx)
        return [*own, *(word for word in READERS if word not in own)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return the command of a reader by its word."""
        if cmd_name in READERS and cmd_name not in self.commands:
            self.commands[cmd_name] = _command(cmd_name)
        return super().get_command(ctx, cmd_name)


def _command(word: str) -> Any:
    """Build the command of a reader: the fields of its class are the options."""
    reader = find_reader(word)

    def command(source: Path, output: Path, quality: bool = False, **settings: Any) -> None:
        _import(word, source, output, quality, **settings)

    hints = get_type_hints(reader, include_extras=True)
    parameters = [
        Parameter("source", Parameter.KEYWORD_ONLY, annotation=Source),
        Parameter("output", Parameter.KEYWORD_ONLY, annotation=Output),
        Parameter("quality", Parameter.KEYWORD_ONLY, annotation=Quality, default=False),
    ]
    for name, parameter in signature(reader).parameters.items():
        words = getattr(hints[name], "__metadata__", (None,))
        option: Any = Annotated[hints[name], typer.Option(help=words[0])]
        parameters.append(parameter.replace(annotation=option, kind=Parameter.KEYWORD_ONLY))
    command.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    command.__doc__ = reader.__doc__
    app = typer.Typer(rich_markup_mode=None, add_completion=False)
    app.command(word)(command)
    return typer.main.get_command(app)


def export(
    network: Annotated[Path, typer.Argument(help="The network file.")],
    folder: Annotated[Path, typer.Argument(help="The folder to write.")],
) -> None:
    """A network in the generic format of neuralhydrology: a NetCDF file for each series."""
    from thetamix.cli.terminal import open_progress
    from thetamix.network.netcdf import open_network
    from thetamix.network.neuralhydrology import export_neuralhydrology

    with open_network(network) as opened:
        series = export_neuralhydrology(opened, folder)
    open_progress().say(f"wrote {folder}: {len(series)} series, time_series/ and attributes/")


def _import(word: str, source: Path, output: Path, quality: bool, **settings: Any) -> None:
    """Read a source with a reader of the table, and say what is in the file."""
    from thetamix.cli.terminal import open_progress
    from thetamix.system.files import refuse_input

    refuse_input(output, [source])
    reader = find_reader(word)(**settings)
    progress = open_progress()
    with progress.task("import") as report:
        reader.read(source, output, lambda what, share: report(share, what), progress.say)
    _print_contents(progress, output)
    if quality:
        qc(output, output)


def _print_contents(progress: "Progress", output: Path) -> None:
    """Print what is in the file and what is missing, reading one cluster at a time."""
    from thetamix.network.missing import count_gaps, percent
    from thetamix.network.netcdf import open_network
    from thetamix.system.errors import first_ten

    with open_network(output, readings=False) as network:
        counted = count_gaps(network)
        sizes = ", ".join(
            f"{network.sizes[name]} {name}s" for name in ("cluster", "depth", "replicate") if name in network.sizes
        )
        words = f"wrote {output}: {sizes}, {network.sizes['time']} times"
        clusters = network.sizes["cluster"]
    without: dict[tuple[str, ...], list[str]] = {}
    for name, entry in counted.items():
        without.setdefault(tuple(entry.without), []).append(name)
    readings = counted.pop("soil_moisture", None)
    if readings is not None:
        words += f", {percent(readings.missing)} of the readings of {readings.places} sensors missing"
    progress.say(words)
    weather = ", ".join(f"{name} ({percent(entry.missing)} missing)" for name, entry in counted.items())
    progress.say(
        f"weather in it: {weather}"
        if weather
        else "no weather in it: models need some; `thetamix import forcing` adds it"
    )
    for names, variables in without.items():
        if names:
            what = f"{', '.join(variables)}: {len(names)} of {clusters} clusters: {first_ten(names)}"
            progress.say(f"without any {what}")


def _day(text: str | None, option: str) -> "np.datetime64 | None":
    import numpy as np

    from thetamix.system.errors import InputError

    if text is None:
        return None
    try:
        return np.datetime64(text, "D")
    except ValueError as error:
        raise InputError(f"{option}: {text!r} is no day; write 2015-01-31") from error


def _numbers(text: str | None) -> list[float] | None:
    from thetamix.system.errors import InputError

    if text is None:
        return None
    try:
        depths = [float(word) for word in text.replace(",", " ").split()]
    except ValueError:
        depths = []
    if not depths or not all(0 <= depth < math.inf for depth in depths):
        raise InputError(f'--depths: {text!r} are no depths in metres; write "0.05 0.1 0.2"')
    return sorted(set(depths))
