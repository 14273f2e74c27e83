"""Commands that turn raw files into a network, and a network into files of other programs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from thetamix.cli.networks import qc

if TYPE_CHECKING:
    import numpy as np

    from thetamix.system.progress import Progress

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
        from thetamix.readers.tables.guess import guess_mapping

        text = guess_mapping(source)
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
    from thetamix.cli.terminal import open_progress
    from thetamix.network.netcdf import write_network
    from thetamix.readers import READERS

    progress = open_progress()
    with progress.task("import") as report:
        network = READERS["csv"](source, mapping, lambda what, share: report(share, what), progress.say)
    write_network(network, output)
    _tell(progress, output)
    if quality:
        qc(output, output)


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
    from thetamix.cli.terminal import open_progress
    from thetamix.readers.ismn.ismn_reader import Selection
    from thetamix.readers.ismn.ismn_reader import import_ismn as read
    from thetamix.system.errors import InputError

    selection = Selection(
        networks=tuple(network or ()),
        start=_day(start, "--start"),
        end=_day(end, "--end"),
        box=box,
        depths=_numbers(depths),
        tolerance=tolerance,
    )
    if box is not None and box[1] > box[3]:
        raise InputError(f"--box: south {box[1]:g} is north of north {box[3]:g}; write west, south, east, north")
    progress = open_progress()
    with progress.task("import") as report:
        read(source, output, selection, lambda what, share: report(share, what), progress.say)
    _tell(progress, output)
    if quality:
        qc(output, output)


def import_forcing(
    source: Annotated[Path, typer.Argument(help="Folder with the tables and grids, or an archive of it.")],
    mapping: Annotated[Path, typer.Option(help="What they mean (YAML).")],
    into: Annotated[Path, typer.Option(help="The network file that the weather is for.")],
    output: Output,
) -> None:
    """Weather from elsewhere, for a network: station tables, grids, ERA5-Land."""
    from thetamix.cli.terminal import open_progress
    from thetamix.readers.forcing_reader import import_forcing as read

    progress = open_progress()
    with progress.task("import") as report:
        read(source, mapping, into, output, lambda what, share: report(share, what), progress.say)
    _tell(progress, output)


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


def _tell(progress: "Progress", output: Path) -> None:
    """Say what is in the file, reading one cluster at a time."""
    from thetamix.network.netcdf import open_network
    from thetamix.network.schema import VARIABLES

    with open_network(output) as network:
        present = total = 0
        for cluster in range(network.sizes["cluster"]):
            there = network["soil_moisture"].isel(cluster=cluster).notnull().to_numpy()
            present += int(there.sum())
            total += there.size
        sizes = ", ".join(f"{network.sizes[name]} {name}s" for name in ("cluster", "depth", "replicate"))
        progress.say(
            f"wrote {output}: {sizes}, {network.sizes['time']} times, {1 - present / total:.0%} of the readings "
            "missing"
        )
        weather = [n for n, known in VARIABLES.items() if known.dimensions == ("cluster", "time") and n in network]
        progress.say(
            f"weather in it: {', '.join(weather)}"
            if weather
            else "no weather in it: a study needs some; `thetamix import forcing` adds it"
        )


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
        return [float(word) for word in text.replace(",", " ").split()]
    except ValueError as error:
        raise InputError(f'--depths: {text!r} are no depths in metres; write "0.05 0.1 0.2"') from error
