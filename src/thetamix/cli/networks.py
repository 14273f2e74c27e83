"""Commands on network files."""

from pathlib import Path
from typing import Annotated

import typer


def simulate(
    out: Annotated[Path, typer.Argument(help="The network file to write (NetCDF).")],
    clusters: Annotated[int, typer.Option(help="Number of clusters; the paper has 43.", min=1)] = 9,
    years: Annotated[float, typer.Option(help="Length; the paper has 5.", min=0.01)] = 2.0,
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.")] = 1,
    replicates: Annotated[int, typer.Option(help="Profiles of a cluster.", min=1)] = 3,
    step_hours: Annotated[int, typer.Option(help="Time step in hours, a divisor of 24.", min=1)] = 1,
    without: Annotated[list[str] | None, typer.Option(help="A cause to switch off; may be repeated.")] = None,
    truth: Annotated[Path | None, typer.Option(help="Also write the true law, as a prediction file.")] = None,
) -> None:
    """Write a synthetic network."""
    from thetamix.cli.terminal import open_desk
    from thetamix.demo import write_simulation

    write_simulation(
        out,
        truth,
        open_desk(),
        clusters=clusters,
        years=years,
        seed=seed,
        replicates=replicates,
        step_hours=step_hours,
        without=without or (),
    )
