"""Commands on studies and their run folders."""

import time
from pathlib import Path
from typing import Annotated

import typer

from thetamix.system.errors import InputError, nearest

_WORKERS = "Fits and forecasts at a time, and cores for all of them; by default as many as there are."


def run(
    study: Annotated[Path, typer.Argument(help="The study file (YAML).")],
    out: Annotated[Path | None, typer.Option(help="The run folder; runs/<name> by default.")] = None,
    workers: Annotated[int | None, typer.Option(help=_WORKERS, min=1)] = None,
) -> None:
    """Fit, forecast, score and report: does what is missing or out of date."""
    from thetamix.cli.terminal import finish, open_console
    from thetamix.study.run import run_study
    from thetamix.system.progress import Progress
    from thetamix.system.workers import cores

    console = open_console()
    finish(run_study(study, out, Progress(console), workers or cores()).folder, console)


def init(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PRESET] [NETWORK]",
            help="The preset of the training, fast (the default) or paper; and a network, to write what it has.",
        ),
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="The study file to write.")] = Path("study.yml"),
) -> None:
    """Write a commented study file to start from, for a network where one is named."""
    from thetamix.study.resolve import write_template

    preset, network = _preset_and_network(words or [])
    write_template(preset, output, network)
    if network is None:
        typer.echo(f"wrote {output}: name your network in it, then `thetamix run {output}`")
    else:
        typer.echo(f"wrote {output}: look it through, then `thetamix run {output}`")


def _preset_and_network(words: list[str]) -> tuple[str, Path | None]:
    """Tell a preset from a network, either of which may be left out."""
    from thetamix.training.settings import PRESETS

    presets = [word for word in words if word in PRESETS]
    others = [word for word in words if word not in PRESETS]
    if len(others) > 1 and not Path(others[0]).exists():
        raise InputError(f"unknown preset {others[0]!r}; {nearest(others[0], PRESETS)}")
    if len(presets) > 1 or len(others) > 1:
        raise InputError("init takes one preset and one network; call it once for each")
    network = others[0] if others else None
    if network is not None and not Path(network).exists() and not Path(network).suffix:
        raise InputError(f"no preset and no network {network!r}; presets: {nearest(network, PRESETS)}")
    return (presets or ["fast"])[0], None if network is None else Path(network)


def demo(
    out: Annotated[Path, typer.Option(help="Where the network and the run go.")] = Path("runs/demo"),
    seed: Annotated[int, typer.Option(help="Of the simulated network.")] = 1,
    workers: Annotated[int | None, typer.Option(help=_WORKERS, min=1)] = None,
) -> None:
    """Simulate a small network with a known truth and run the whole study on it."""
    from thetamix.cli.terminal import finish, open_console
    from thetamix.study.demo import again, run_demo
    from thetamix.system.progress import Progress
    from thetamix.system.workers import cores

    console = open_console()
    start = time.monotonic()
    folder = run_demo(out, seed, Progress(console), workers or cores())
    console.print(f"the study took {time.monotonic() - start:.0f} s", highlight=False)
    console.print(again(out), markup=False, highlight=False, soft_wrap=True)
    finish(folder, console)


def predict(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder with trained models.")],
    network: Annotated[Path, typer.Argument(help="Forcing and attributes; readings are not needed.")],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help="The prediction file to write: mixtures (NetCDF), or where it ends in .csv a table.",
        ),
    ],
    model: Annotated[
        str | None,
        typer.Option(
            help="A trained model of the study, its seeds pooled; by default that with the lowest CRPS on what was "
            "evaluated."
        ),
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option(help="File of carried states: goes on from it, and leaves it ready for the next steps."),
    ] = None,
    device: Annotated[str, typer.Option(help="auto (a graphics card where there is one), cpu or cuda.")] = "auto",
    bf16: Annotated[
        bool,
        typer.Option(
            "--bf16",
            help="Compute in bfloat16, a little off: faster on a processor with instructions for it (AVX-512 BF16, "
            "AMX), refused elsewhere. Not with --state.",
        ),
    ] = False,
) -> None:
    """Predict the whole distribution at every place, depth and time of a network."""
    from thetamix.cli.terminal import open_progress
    from thetamix.study.predicting import choose_model, predict_file
    from thetamix.study.run_folder import open_run
    from thetamix.system.device import choose_device

    if state is not None and bf16:
        raise InputError("--bf16: a state that is carried on would gather its errors; leave out --bf16 or --state")
    done = open_run(folder)
    name = choose_device(device, "--device")
    progress = open_progress()
    model = choose_model(done, model, state, progress)
    title = f"{model} of {done.study.name}, seeds pooled{', computed in bfloat16' if bf16 else ''}"
    predict_file(done.predictor(model, name, bf16=bf16), network, output, title, progress, state)


def report(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder with scores.")],
    pdf: Annotated[bool, typer.Option("--pdf", help="Write the figures as PDF too, for a paper.")] = False,
) -> None:
    """Write the tables, the figures and the page of a run again."""
    from thetamix.cli.terminal import open_progress
    from thetamix.study.reporting import draw_figures, write_page
    from thetamix.study.run_folder import context_of, open_run
    from thetamix.study.scoring import lay_out
    from thetamix.study.steps import locked

    with context_of(open_run(folder), open_progress()) as context, locked(folder):
        lay_out(context)
        draw_figures(context, pdf=pdf)
        write_page(context)
    typer.echo(folder / "report.html")


def figure(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder with scores.")],
    name: Annotated[str, typer.Argument(help="Of the figure, such as series_belt; see the figures of the run.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder; that of the run's figures by default.")
    ] = None,
    cluster: Annotated[str | None, typer.Option(help="Which cluster; the figure chooses by default.")] = None,
    depth: Annotated[float | None, typer.Option(help="Which depth [m].")] = None,
    forecaster: Annotated[str | None, typer.Option(help="Which forecaster.")] = None,
    seed: Annotated[int | None, typer.Option(help="Which seed.")] = None,
) -> None:
    """Draw one figure of a run, as PNG and PDF."""
    from thetamix.cli.terminal import open_progress
    from thetamix.report.figures.choice import Choice
    from thetamix.report.figures.drawing import draw_and_save
    from thetamix.study.reporting import open_figure_context
    from thetamix.study.run_folder import context_of, open_run

    choice = Choice(cluster=cluster, depth=depth, forecaster=forecaster, seed=seed)
    with context_of(open_run(folder), open_progress()) as context, open_figure_context(context) as shown:
        drawn = draw_and_save(name, shown, output or folder / "figures", choice)
    typer.echo(f"{drawn.title}. {drawn.caption}")
    typer.echo(drawn.png)
    typer.echo(drawn.pdf)


def compare(
    folders: Annotated[
        list[Path],
        typer.Argument(metavar="RUN RUN …", help="Run folders; the others are set against the first."),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for comparison.html and comparison.csv.")
    ] = Path("comparison"),
) -> None:
    """Compare several runs side by side: scores, and paired differences with intervals."""
    from thetamix.study.comparing import compare_runs

    typer.echo(compare_runs(folders, output))
