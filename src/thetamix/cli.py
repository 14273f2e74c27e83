"""The command line. Everything heavy is imported by the command that needs it, so that --help is instant."""

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from thetamix import __version__
from thetamix.errors import ThetamixError

if TYPE_CHECKING:
    from thetamix.console import Desk

app = typer.Typer(
    name="thetamix",
    help="The whole distribution of soil moisture at every place, depth and hour, learned from replicate sensors.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
imports = typer.Typer(help="Raw files to a network, with quality flags.", no_args_is_help=True)
app.add_typer(imports, name="import")

#: Columns of a page where there is no terminal.
PAGE_WIDTH = 120
#: What typer makes of Ctrl-C.
INTERRUPTED = 130

_WORKERS = "Fits and forecasts at a time, one thread each; by default as many as there are cores."

_debug = False


@app.callback(invoke_without_command=True)
def _options(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> None:
    global _debug
    _debug = debug
    if version:
        typer.echo(f"thetamix {__version__}")
        raise typer.Exit


@app.command()
def run(
    study: Annotated[Path, typer.Argument(help="The study file (YAML).")],
    out: Annotated[Path | None, typer.Option(help="The run folder; runs/<name> by default.")] = None,
    workers: Annotated[int | None, typer.Option(help=_WORKERS, min=1)] = None,
) -> None:
    """Fit, forecast, score and report: does what is missing or out of date."""
    from thetamix.crew import cores
    from thetamix.run import run_study

    console = _console()
    finish(run_study(study, out, _desk(console), workers or cores()).folder, console)


@app.command()
def init(
    preset: Annotated[str, typer.Argument(help="Of the training.")] = "paper",
    output: Annotated[Path, typer.Option("--output", "-o", help="The study file to write.")] = Path(
        "study.yml"
    ),
) -> None:
    """Write a commented study file to start from."""
    from thetamix.resolve import write_template

    write_template(preset, output)
    typer.echo(f"wrote {output}: name your network in it, then `thetamix run {output}`")


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Where the network and the run go.")] = Path("runs/demo"),
    seed: Annotated[int, typer.Option(help="Of the simulated network.")] = 1,
    workers: Annotated[int | None, typer.Option(help=_WORKERS, min=1)] = None,
) -> None:
    """Simulate a small network with a known truth and run the whole study on it."""
    from thetamix.crew import cores
    from thetamix.demo import run_demo

    console = _console()
    start = time.monotonic()
    folder = run_demo(out, seed, _desk(console), workers or cores())
    console.print(f"the study took {time.monotonic() - start:.0f} s", highlight=False)
    finish(folder, console)


@app.command()
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
    from thetamix.demo import write_simulation

    desk = _desk(_console())
    write_simulation(
        out,
        truth,
        desk,
        clusters=clusters,
        years=years,
        seed=seed,
        replicates=replicates,
        step_hours=step_hours,
        without=without or (),
    )


@imports.command("csv")
def import_csv(
    source: Annotated[Path, typer.Argument(help="Folder with the CSV files.")],
    mapping: Annotated[Path, typer.Option(help="What the columns mean (YAML).")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The network file to write (NetCDF).")],
) -> None:
    """Tables of readings, sensors and forcing, described by a small mapping."""
    from thetamix.network.netcdf import write_network
    from thetamix.readers import READERS

    desk = _desk(_console())
    with desk.task("import") as report:
        network = READERS["csv"](source, mapping, lambda what, share: report(share, what), desk.say)
    write_network(network, output)
    sizes = ", ".join(f"{network.sizes[name]} {name}s" for name in ("cluster", "depth", "replicate"))
    present = float(network["soil_moisture"].notnull().mean())
    desk.say(
        f"wrote {output}: {sizes}, {network.sizes['time']} times, {1 - present:.0%} of the readings missing"
    )


@app.command()
def report(folder: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder with scores.")]) -> None:
    """Write the tables and the page of a run again."""
    from thetamix.run import open_run
    from thetamix.steps import locked
    from thetamix.work import write_report

    done = open_run(folder)
    with locked(folder):
        write_report(folder, done.study)
    typer.echo(folder / "report.html")


def finish(folder: Path, console: Console) -> None:
    """Print the paper's tables and where everything is.

    Parameters
    ----------
    folder
        The run folder.
    console
        Where to print.
    """
    from thetamix.evaluation.tables import LAYOUTS, layout
    from thetamix.printing import print_table
    from thetamix.work import read_scores

    scores = read_scores(folder / "scores.csv")
    for name, (caption, *_) in LAYOUTS.items():
        print_table(console, layout(scores, name), caption)
    console.print(f"tables: {folder / 'tables'}", markup=False, highlight=False, soft_wrap=True)
    console.print(f"report: {folder / 'report.html'}", markup=False, highlight=False, soft_wrap=True)


def _console() -> Console:
    """Give the terminal, or a page of fixed width where the output goes to a file."""
    console = Console()
    return console if console.is_terminal or "COLUMNS" in os.environ else Console(width=PAGE_WIDTH)


def _desk(console: Console) -> "Desk":
    from thetamix.console import Desk

    return Desk(console)


def main() -> None:
    """Run the command line: one message for what goes wrong, a traceback only with --debug."""
    try:
        code = app(standalone_mode=False)
    except ThetamixError as error:
        if _debug:
            raise
        typer.echo(f"error: {error}", err=True)
        code = error.exit_code
    except KeyboardInterrupt:
        code = INTERRUPTED
    except typer.Abort:
        code = 1
    except Exception as error:
        code = _unexpected(error)
    if code == INTERRUPTED:
        typer.echo("stopped; the same command goes on where this one ended", err=True)
        code = 1
    sys.stdout.flush()
    sys.exit(code)


def _unexpected(error: Exception) -> int:
    """Print usage errors in typer's way; everything else is a defect, said in one line."""
    if hasattr(error, "show") and hasattr(error, "exit_code"):  # click's own, under any of its names
        error.show()
        return int(error.exit_code)
    if _debug:
        raise error
    typer.echo(
        f"error: {type(error).__name__}: {error}. This is a defect of thetamix; run again with "
        "`thetamix --debug …` and report what it prints",
        err=True,
    )
    return 1


if __name__ == "__main__":
    main()
