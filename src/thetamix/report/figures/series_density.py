"""A series' readings and the density of the predicted mixtures in time, with two time steps cut out (Figs. 4, C2)."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from thetamix.mixture import GaussianMixture
from thetamix.network.observations import INSTRUMENT_SD
from thetamix.report.figures.choice import Choice, FigureSeries, NotApplicableError
from thetamix.report.figures.figure_context import FigureContext
from thetamix.report.figures.labels import plain
from thetamix.report.figures.panels import Handle, legend_below, look_handle, part_strip, time_axis, time_extent
from thetamix.report.figures.run_figure import run_figure
from thetamix.report.figures.style import BLACK, DENSITY, SOIL_MOISTURE, Look, new_figure, shades
from thetamix.report.figures.thinning import pick
from thetamix.splits.parts import EVALUATION

STEPS = 900
LEVELS = 240
MODELS = 2
#: Of the observed means: the cut-out steps are as dry and as wet as these quantiles.
DRY, WET = 0.05, 0.95


@run_figure(
    "series_density",
    title="A series and its density",
    caption="Above: densities at a dry and a wet time step: of the readings, each widened by the instrument's "
    "0.02 m³ m⁻³, and of the predicted mixtures. Below: the predicted density in time, in colour, under "
    "draws around the readings (black). The strip below says which time was trained on and which is "
    "evaluated.",
    needs="a forecaster with a density",
)
def draw(context: FigureContext, choice: Choice) -> Figure:
    """Draw the chosen series, or the most complete, under the first two trained models.

    The draws are from the equal mixture of N(reading, 0.02²) over the replicates, as in the paper.
    """
    series, seed, looks = context.series(choice), context.seed(choice), context.looks
    mixtures = _mixtures(context, choice, series, seed)
    cuts = telling_steps(series, mixtures)
    figure = new_figure(50 + 52 * len(mixtures), f"{series.name}, seed {seed}")
    grid = figure.add_gridspec(1 + len(mixtures), len(cuts), height_ratios=[1.0] + [1.2] * len(mixtures))
    chosen = pick(series.time.size, STEPS)
    samples = _draws(series, chosen, seed)
    low, high = _range(series, mixtures, chosen)
    strips: list[Handle] = []
    for row, (name, mixture) in enumerate(mixtures.items(), start=1):
        axes = figure.add_subplot(grid[row, :])
        _image(axes, series.time[chosen], mixture[chosen], low, high, looks[name].colour)
        axes.plot(*samples, ".", color=BLACK, ms=1.3, mew=0, alpha=0.6, rasterized=True)
        strips = part_strip(axes, series.time, series.part)
        for letter, cut in zip("ab", cuts, strict=False):
            when = series.time[cut]
            axes.axvline(when, color=BLACK, lw=0.7, ls=":")
            axes.annotate(letter, (when, high), (3, -2), textcoords="offset points", va="top", fontweight="bold")
        axes.set(ylim=(low, high), xlim=(series.time[0], series.time[-1]), ylabel=SOIL_MOISTURE)
        axes.set_title(f"density of {plain(name)}", loc="left")
        time_axis(axes, label=row == len(mixtures))
    for column, (letter, cut) in enumerate(zip("ab", cuts, strict=False)):
        axes = figure.add_subplot(grid[0, column])
        _cut(axes, series, mixtures, looks, cut, (low, high))
        axes.set_title(letter, loc="left", fontweight="bold")
        axes.set_title(str(series.time[cut].astype("datetime64[m]")).replace("T", " ") + " UTC")
    handles: list[Handle] = [look_handle(looks[name], name, marker="") for name in mixtures]
    handles += [
        Line2D([], [], color=BLACK, label=f"readings, N(·, {INSTRUMENT_SD:g}²)"),
        Line2D([], [], color=BLACK, ls="", marker="|", label="readings"),
        Line2D([], [], color=BLACK, ls="", marker=".", ms=3, label="draws around the readings"),
    ]
    legend_below(figure, [*handles, *strips])
    return figure


def _mixtures(context: FigureContext, choice: Choice, series: FigureSeries, seed: int) -> dict[str, GaussianMixture]:
    """Read the mixtures of the chosen forecaster, or of the first that predict the series, at every step (time)."""
    everywhere = np.arange(series.time.size)
    mixtures: dict[str, GaussianMixture] = {}
    for name in context.ranked(choice):
        try:
            mixtures[name] = context.mixture(name, seed, series, everywhere)
        except NotApplicableError:
            if choice.forecaster is not None:
                raise
        if len(mixtures) == MODELS:
            break
    if not mixtures:
        raise NotApplicableError(f"no forecaster with a density predicts {series.name}")
    return mixtures


def telling_steps(series: FigureSeries, mixtures: Mapping[str, GaussianMixture]) -> list[int]:
    """Select a dry and a wet time step that are evaluated, predicted and complete in readings.

    Parameters
    ----------
    series
        The series.
    mixtures
        By forecaster, shape (time,).

    Returns
    -------
    list of int
        Positions in time, in order; one where there are no two, fewer conditions where no step meets all.
    """
    complete = np.isfinite(series.readings).all(axis=0)
    predicted = np.all([np.isfinite(m.mean).all(axis=-1) for m in mixtures.values()], axis=0)
    conditions = (complete & predicted & (series.part == EVALUATION), complete & predicted, predicted)
    steps = next((np.flatnonzero(c) for c in conditions if c.any()), np.array([0]))
    moisture = np.full(steps.size, 0.0)
    if complete[steps].all():
        moisture = series.readings[:, steps].mean(axis=0)
    ends = [int(np.abs(moisture - np.quantile(moisture, q)).argmin()) for q in (DRY, WET)]
    return sorted({int(steps[end]) for end in ends})


def _draws(series: FigureSeries, chosen: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng([seed, series.cluster, series.depth])
    read = series.readings[:, chosen].ravel()
    time = np.broadcast_to(series.time[chosen], (len(series.readings), chosen.size)).ravel()
    drawn = read + INSTRUMENT_SD * rng.standard_normal(read.size)
    there = np.isfinite(drawn)
    return time[there], drawn[there]


def _range(series: FigureSeries, mixtures: Mapping[str, GaussianMixture], chosen: np.ndarray) -> tuple[float, float]:
    ends = [m[chosen].quantile([0.005, 0.995]) for m in mixtures.values()]
    values = np.concatenate([np.ravel(e) for e in ends] + [np.ravel(series.readings[:, chosen])])
    values = values[np.isfinite(values)]
    margin = 2 * INSTRUMENT_SD
    # one reading far out must not press the rest into a line
    low, high = np.quantile(values, [0.001, 0.999])
    return max(float(low) - margin, -0.05), float(high) + margin


def _image(axes: Axes, time: np.ndarray, mixture: GaussianMixture, low: float, high: float, colour: str) -> None:
    edges = np.linspace(low, high, LEVELS + 1)
    middle = 0.5 * (edges[1:] + edges[:-1])
    density = np.moveaxis(mixture[:, None].pdf(middle[None, :]), 0, 1)
    finite = density[np.isfinite(density)]
    top = float(np.quantile(finite, 0.998)) if finite.size else 1.0
    image = axes.imshow(
        density,
        origin="lower",
        aspect="auto",
        extent=(*time_extent(time), low, high),
        cmap=shades(colour),
        norm=PowerNorm(0.6, 0.0, top),
        interpolation="nearest",
    )
    axes.xaxis_date()
    axes.figure.colorbar(image, ax=axes, pad=0.01, fraction=0.03, extend="max").set_label(DENSITY)


def _cut(
    axes: Axes,
    series: FigureSeries,
    mixtures: Mapping[str, GaussianMixture],
    looks: Mapping[str, Look],
    step: int,
    limits: tuple[float, float],
) -> None:
    x = np.linspace(*limits, 400)
    read = series.readings[np.isfinite(series.readings[:, step]), step]
    if read.size:
        measured = GaussianMixture(np.full(read.size, 1 / read.size), read, INSTRUMENT_SD)
        axes.plot(x, measured.pdf(x), color=BLACK)
        axes.plot(read, np.zeros(read.size), "|", color=BLACK, ms=10, clip_on=False)
    for name, mixture in mixtures.items():
        axes.plot(x, mixture[step].pdf(x), color=looks[name].colour, ls=looks[name].line)
    axes.set(xlabel=SOIL_MOISTURE, ylabel=DENSITY, xlim=limits)
    axes.set_ylim(bottom=0)
