"""Commands on network files."""

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from rich.console import Console

    from thetamix.quality.checks import Finding


def simulate(
    out: Annotated[Path, typer.Argument(help="The network file to write (NetCDF).")],
    clusters: Annotated[int, typer.Option(help="Number of clusters; the paper has 43.", min=1)] = 9,
    years: Annotated[float, typer.Option(help="Length; the paper has 5.", min=0.01)] = 2.0,
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.")] = 1,
    replicates: Annotated[int, typer.Option(help="Profiles of a cluster.", min=1)] = 3,
    step_hours: Annotated[int, typer.Option(help="Time step in hours, a divisor of 24.", min=1)] = 1,
    without: Annotated[list[str] | None, typer.Option(help="A cause to switch off; may be repeated.")] = None,
    truth: Annotated[Path | None, typer.Option(help="Also write the true law, as a prediction file.")] = None,
    regional_truth: Annotated[
        Path | None, typer.Option(help="And the law for one who does not know the cluster's own soil.")
    ] = None,
) -> None:
    """Write a synthetic network."""
    from thetamix.cli.terminal import open_progress
    from thetamix.study.demo import write_simulation

    write_simulation(
        out,
        open_progress(),
        laws={
            name: path for name, path in (("truth", truth), ("regional_truth", regional_truth)) if path is not None
        },
        clusters=clusters,
        years=years,
        seed=seed,
        replicates=replicates,
        step_hours=step_hours,
        without=without or (),
    )


def check(
    network: Annotated[Path, typer.Argument(help="The network file.")],
    study: Annotated[Path | None, typer.Option(help="Also check what this study does with it (YAML).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Report what a careful colleague would see before training; exit code 2 where something must fail."""
    from thetamix.cli.terminal import open_console, open_progress
    from thetamix.network.running_means import with_running_means
    from thetamix.network.schema import time_step
    from thetamix.quality.checks import examine, open_unchecked, to_json, worst
    from thetamix.study.checking import plan_of
    from thetamix.study.prepared_network import opened_together
    from thetamix.study.resolve import load_study, resolve_steps
    from thetamix.system.errors import InputError
    from thetamix.system.progress import Progress

    settings = None if study is None else load_study(study)
    progress = Progress() if as_json else open_progress()
    with contextlib.ExitStack() as stack:
        data = stack.enter_context(open_unchecked(network))
        report = stack.enter_context(progress.task("check"))
        plan = None
        if settings is not None and settings.prepares:
            # What the study works on: its networks as one, or the given one at the study's step.
            networks = settings.networks if len(settings.networks) > 1 else {network.stem: network}
            together = opened_together(networks, settings.step, settings.quality.reject)
            data = stack.enter_context(together).dataset()
        if settings is not None:
            data = with_running_means(data, settings.weather)
            plan = plan_of(resolve_steps(settings, time_step(data["time"])))
        findings = examine(data, str(network), plan, progress=report)
    if as_json:
        typer.echo(to_json(findings))
    else:
        print_findings(open_console(), findings)
    if worst(findings) == "error":
        raise typer.Exit(InputError.exit_code)


def qc(
    network: Annotated[Path, typer.Argument(help="The network file.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The flagged network to write; without it, only say."),
    ] = None,
    upper: Annotated[
        list[str] | None,
        typer.Option(help="Largest soil moisture: 0.95, or land_use=peat:0.95 by attribute; may be repeated."),
    ] = None,
) -> None:
    """Set the quality flags of a network's readings and count them; values never change."""
    from thetamix.cli.terminal import open_console, open_progress
    from thetamix.network.netcdf import open_network
    from thetamix.quality.flags import flag_file, with_upper_limits

    progress = open_progress()
    with open_network(network) as data:
        limited = with_upper_limits(data, upper or ())
        with progress.task("quality control") as report:
            summary, readings = flag_file(limited, output, lambda share: report(share, ""))
    if summary.empty:
        progress.say(f"none of {readings:,} readings carries a flag")
    else:
        print_flags(open_console(), summary, readings)
    if output is not None:
        progress.say(f"wrote {output}")


def print_findings(console: "Console", findings: "Sequence[Finding]") -> None:
    """Print findings, the worst first: what, where and when, then what to do.

    Parameters
    ----------
    console
        Where to.
    findings
        Of :func:`thetamix.quality.checks.examine`.
    """
    for finding in findings:
        where = f"{finding.place}, {finding.when}" if finding.when else finding.place
        console.print(
            f"{finding.severity}: {finding.check}: {where}: {finding.message}",
            style={"error": "bold red", "warning": "yellow"}.get(finding.severity),
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
        console.print(f"  → {finding.advice}", markup=False, highlight=False, soft_wrap=True)
    counts = [sum(f.severity == severity for f in findings) for severity in ("error", "warning", "note")]
    summary = ", ".join(
        f"{n} {word}{'' if n == 1 else 's'}" for n, word in zip(counts, ("error", "warning", "note"), strict=True)
    )
    console.print(summary if findings else "nothing found", markup=False, highlight=False)


def print_flags(console: "Console", summary: "pd.DataFrame", readings: int) -> None:
    """Print how many readings carry each flag, and where most of them are.

    Parameters
    ----------
    console
        Where to.
    summary
        Of :func:`thetamix.quality.flags.summarise`.
    readings
        How many there are, flagged or not.
    """
    from rich.table import Table

    drawn = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    drawn.add_column("flag")
    drawn.add_column("meaning")
    drawn.add_column("readings", justify="right")
    drawn.add_column("share", justify="right")
    drawn.add_column("series", justify="right")
    drawn.add_column("most at")
    for flag, rows in summary.groupby("flag", sort=False):
        most = rows.sort_values("share").iloc[-1]
        drawn.add_row(
            str(flag),
            str(most["meaning"]).replace("_", " "),
            f"{rows['n'].sum():,}",
            _share(rows["n"].sum() / readings),
            str(len(rows)),
            f"{most['cluster']} at {most['depth']:g} m ({most['share']:.1%})",
        )
    console.print(drawn)


def _share(share: float) -> str:
    return f"{share:.1%}" if share >= 0.001 else "< 0.1%"
