"""A series' readings and the density of the predicted mixtures in time, with two time steps cut out (Figs. 4, C2)."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.dates import date2num
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from thetamix.mixture import GaussianMixture
from thetamix.network.observations import INSTRUMENT_SD
from thetamix.report.figures.choice import Choice, FigureSeries, NotApplicableError
from thetamix.report.figures.figure_context import FigureContext
from thetamix.report.figures.labels import legend_label, plain
from thetamix.report.figures.style import (
    BLACK,
    DENSITY,
    SOIL_MOISTURE,
    Look,
    new_figure,
    part_strip,
    shades,
    styled,
    time_axis,
)
from thetamix.report.figures.thinning import pick
from thetamix.splits.parts import EVALUATION

STEPS = 900
LEVELS = 240
MODELS = 2
#: Of the observed means: the cut-out steps are as dry and as wet as these quantiles.
DRY, WET = 0.05, 0.95


@styled
def series_density(
    one: FigureSeries,
    mixtures: Mapping[str, GaussianMixture],
    looks: Mapping[str, Look],
    cuts: Sequence[int],
    seed: int,
) -> Figure:
    """Draw the densities of a series.

    Parameters
    ----------
    one
        The series.
    mixtures
        By forecaster: at every time step, shape (time,).
    looks
        Of the forecasters.
    cuts
        Positions in time that are cut out.
    seed
        Of the split that is shown, and of the draws around the readings.

    Returns
    -------
    matplotlib.figure.Figure
        On top the densities at the cut-out steps; below, for each forecaster, its density in time as an image, with
        draws from the equal mixture of N(reading, 0.02²) over the replicates, as in the paper.
    """
    figure = new_figure(50 + 52 * len(mixtures), f"{one.name}, seed {seed}")
    grid = figure.add_gridspec(1 + len(mixtures), len(cuts), height_ratios=[1.0] + [1.2] * len(mixtures))
    chosen = pick(one.time.size, STEPS)
    samples = _draws(one, chosen, seed)
    low, high = _range(one, mixtures, chosen)
    strips = []
    for row, (name, mixture) in enumerate(mixtures.items(), start=1):
        axes = figure.add_subplot(grid[row, :])
        _image(axes, one.time[chosen], mixture[chosen], low, high, looks[name].colour)
        axes.plot(*samples, ".", color=BLACK, ms=1.3, mew=0, alpha=0.6, rasterized=True)
        strips = part_strip(axes, one.time, one.part)
        for letter, cut in zip("ab", cuts, strict=False):
            axes.axvline(one.time[cut], color=BLACK, lw=0.7, ls=":")
            axes.annotate(
                letter,
                (one.time[cut], high),
                xytext=(3, -2),
                textcoords="offset points",
                va="top",
                fontweight="bold",
            )
        axes.set(ylim=(low, high), xlim=(one.time[0], one.time[-1]), ylabel=SOIL_MOISTURE)
        axes.set_title(f"density of {plain(name)}", loc="left")
        time_axis(axes, label=row == len(mixtures))
    for column, (letter, cut) in enumerate(zip("ab", cuts, strict=False)):
        axes = figure.add_subplot(grid[0, column])
        _cut(axes, one, mixtures, looks, cut, (low, high))
        axes.set_title(letter, loc="left", fontweight="bold")
        axes.set_title(str(one.time[cut].astype("datetime64[m]")).replace("T", " ") + " UTC")
    handles = [
        Line2D([], [], color=looks[name].colour, ls=looks[name].line, label=legend_label(name)) for name in mixtures
    ]
    handles += [
        Line2D([], [], color=BLACK, label=f"readings, N(·, {INSTRUMENT_SD:g}²)"),
        Line2D([], [], color=BLACK, ls="", marker="|", label="readings"),
        Line2D([], [], color=BLACK, ls="", marker=".", ms=3, label="draws around the readings"),
    ]
    figure.legend(handles=[*handles, *strips], loc="outside lower center", ncols=4)
    return figure


def draw(context: FigureContext, choice: Choice) -> Figure:
    """Draw the chosen series, or the most complete, under the first two trained models."""
    one, seed = context.series(choice), context.seed(choice)
    everywhere = np.arange(one.time.size)
    mixtures: dict[str, GaussianMixture] = {}
    for name in context.ranked(choice):
        try:
            mixtures[name] = context.mixture(name, seed, one, everywhere)
        except NotApplicableError:
            if choice.forecaster is not None:
                raise
        if len(mixtures) == MODELS:
            break
    if not mixtures:
        raise NotApplicableError(f"no forecaster with a density predicts {one.name}")
    return series_density(one, mixtures, context.looks, telling_steps(one, mixtures), seed)


def telling_steps(one: FigureSeries, mixtures: Mapping[str, GaussianMixture]) -> list[int]:
    """Choose a dry and a wet time step that are evaluated, predicted and complete in readings.

    Parameters
    ----------
    one
        The series.
    mixtures
        By forecaster, shape (time,).

    Returns
    -------
    list of int
        Positions in time, in order; one where there are no two, fewer conditions where no step meets all.
    """
    complete = np.isfinite(one.readings).all(axis=0)
    predicted = np.all([np.isfinite(m.mean).all(axis=-1) for m in mixtures.values()], axis=0)
    conditions = (complete & predicted & (one.part == EVALUATION), complete & predicted, predicted)
    steps = next((np.flatnonzero(c) for c in conditions if c.any()), np.array([0]))
    moisture = np.full(steps.size, 0.0)
    if complete[steps].all():
        moisture = one.readings[:, steps].mean(axis=0)
    ends = [int(np.abs(moisture - np.quantile(moisture, q)).argmin()) for q in (DRY, WET)]
    return sorted({int(steps[end]) for end in ends})


def _draws(one: FigureSeries, chosen: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng([seed, one.cluster, one.depth])
    read = one.readings[:, chosen].ravel()
    time = np.broadcast_to(one.time[chosen], (len(one.readings), chosen.size)).ravel()
    drawn = read + INSTRUMENT_SD * rng.standard_normal(read.size)
    known = np.isfinite(drawn)
    return time[known], drawn[known]


def _range(one: FigureSeries, mixtures: Mapping[str, GaussianMixture], chosen: np.ndarray) -> tuple[float, float]:
    ends = [m[chosen].quantile([0.005, 0.995]) for m in mixtures.values()]
    values = np.concatenate([np.ravel(e) for e in ends] + [np.ravel(one.readings[:, chosen])])
    values = values[np.isfinite(values)]
    margin = 2 * INSTRUMENT_SD
    # one reading far out must not press the rest into a line
    low, high = np.quantile(values, [0.001, 0.999])
    return max(float(low) - margin, -0.05), float(high) + margin


def _image(axes: Axes, time: np.ndarray, mixture: GaussianMixture, low: float, high: float, colour: str) -> None:
    edges = np.linspace(low, high, LEVELS + 1)
    middle = 0.5 * (edges[1:] + edges[:-1])
    density = np.moveaxis(mixture[:, None].pdf(middle[None, :]), 0, 1)
    known = density[np.isfinite(density)]
    top = float(np.quantile(known, 0.998)) if known.size else 1.0
    when = date2num(time)  # type: ignore[no-untyped-call]
    half = 0.5 * (when[-1] - when[0]) / max(when.size - 1, 1) or 0.5
    image = axes.imshow(
        density,
        origin="lower",
        aspect="auto",
        extent=(when[0] - half, when[-1] + half, low, high),
        cmap=shades(colour),
        norm=PowerNorm(0.6, 0.0, top),
        interpolation="nearest",
    )
    axes.xaxis_date()
    bar = axes.figure.colorbar(image, ax=axes, pad=0.01, fraction=0.03, extend="max")
    bar.set_label(DENSITY)


def _cut(
    axes: Axes,
    one: FigureSeries,
    mixtures: Mapping[str, GaussianMixture],
    looks: Mapping[str, Look],
    step: int,
    limits: tuple[float, float],
) -> None:
    x = np.linspace(*limits, 400)
    read = one.readings[np.isfinite(one.readings[:, step]), step]
    if read.size:
        measured = GaussianMixture(np.full(read.size, 1 / read.size), read, INSTRUMENT_SD)
        axes.plot(x, measured.pdf(x), color=BLACK, label="readings")
        axes.plot(read, np.zeros(read.size), "|", color=BLACK, ms=10, clip_on=False)
    for name, mixture in mixtures.items():
        axes.plot(x, mixture[step].pdf(x), color=looks[name].colour, ls=looks[name].line, label=legend_label(name))
    axes.set(xlabel=SOIL_MOISTURE, ylabel=DENSITY, xlim=limits)
    axes.set_ylim(bottom=0)
