"""The command line. Everything heavy is imported by the command that needs it, so that --help is instant."""

import signal
import sys
import traceback
from typing import Annotated

import typer

from thetamix._version import __version__
from thetamix.cli import imports, networks, studies
from thetamix.system.errors import ThetamixError
from thetamix.system.signals import SIGNALS, interrupt

app = typer.Typer(
    name="thetamix",
    help="The whole distribution of soil moisture at every place, depth and hour, learned from replicate sensors.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
importing = typer.Typer(
    cls=imports.Importers, help="Raw files to a network, with quality flags.", no_args_is_help=True
)
app.add_typer(importing, name="import")

for command in (
    studies.run,
    studies.init,
    studies.demo,
    networks.simulate,
    networks.check,
    networks.qc,
    studies.predict,
    studies.figure,
    studies.report,
    studies.compare,
    imports.export,
):
    app.command()(command)
importing.command("csv")(imports.import_csv)
importing.command("ismn")(imports.import_ismn)
importing.command("forcing")(imports.import_forcing)
importing.command("places")(imports.import_places)

#: What typer makes of Ctrl-C.
INTERRUPTED = 130

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


def main() -> None:
    """Run the command line: one message for what goes wrong, a traceback only with --debug."""
    for number in SIGNALS:
        # Where a signal is ignored, somebody wanted that: nohup, a shell's background.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, interrupt)
    try:
        code = app(standalone_mode=False)
    except ThetamixError as error:
        if _debug:
            traceback.print_exc()
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
