"""Commands that turn raw files into a network."""

from pathlib import Path
from typing import Annotated

import typer


def import_csv(
    source: Annotated[Path, typer.Argument(help="Folder with the CSV files.")],
    mapping: Annotated[Path, typer.Option(help="What the columns mean (YAML).")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The network file to write (NetCDF).")],
) -> None:
    """Tables of readings, sensors and forcing, described by a small mapping."""
    from thetamix.cli.terminal import open_desk
    from thetamix.network.netcdf import write_network
    from thetamix.readers import READERS

    desk = open_desk()
    with desk.task("import") as report:
        network = READERS["csv"](source, mapping, lambda what, share: report(share, what), desk.say)
    write_network(network, output)
    sizes = ", ".join(f"{network.sizes[name]} {name}s" for name in ("cluster", "depth", "replicate"))
    present = float(network["soil_moisture"].notnull().mean())
    desk.say(
        f"wrote {output}: {sizes}, {network.sizes['time']} times, {1 - present:.0%} of the readings missing"
    )
