"""A series: replicates, predicted belt and expectation, another model's soil moisture, rain from above (Fig. C1)."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from thetamix.report.figures.choice import Choice, FigureSeries, NotApplicableError
from thetamix.report.figures.figure_context import FigureContext
from thetamix.report.figures.labels import legend_label, plain
from thetamix.report.figures.panels import (
    Handle,
    legend_below,
    part_strip,
    rain_bars,
    replicate_lines,
    time_axis,
)
from thetamix.report.figures.run_figure import run_figure
from thetamix.report.figures.style import BLACK, SOIL_MOISTURE, new_figure, replicate_colours
from thetamix.report.figures.thinning import MOST, pick, thinned

BELT = (0.2, 0.8)


@run_figure(
    "series_belt",
    title="A series and its belt",
    caption="One series: its replicates, the band between the 20th and the 80th percentile of the predicted "
    "mixture, its expectation (dashed), the reference where there is one (dotted), and rain from above. "
    "The strip below says which time was trained on and which is evaluated.",
    needs="a forecaster with a density",
)
def draw(context: FigureContext, choice: Choice) -> Figure:
    """Draw the chosen series, or the most complete, under the first trained model with a belt."""
    series, seed = context.series(choice), context.seed(choice)
    steps = pick(series.time.size)
    # the model with most components comes first: Fig. C1 shows the 3G-LSTM
    names = context.by_components(context.ranked(choice), seed)
    for name in names:
        try:
            mixture = context.mixture(name, seed, series, steps)
            break
        except NotApplicableError:
            if name == names[-1]:
                raise
    look = context.looks[name]
    reference = _read(context, "reference_soil_moisture", cluster=series.cluster, depth=series.depth)
    rain = _read(context, "precipitation", cluster=series.cluster)
    figure = new_figure(95 if rain is not None else 80, f"{series.name}, {plain(name)}, seed {seed}")
    if rain is None:
        axes = figure.add_subplot()
    else:
        grid = figure.add_gridspec(2, 1, height_ratios=[1, 4])
        axes = figure.add_subplot(grid[1])
        rain_bars(figure.add_subplot(grid[0], sharex=axes), series.time, rain)
    low, high = np.moveaxis(mixture.quantile(BELT), -1, 0)
    time = series.time[steps]
    handles: list[Handle] = [*replicate_lines(axes, series, lw=0.8, zorder=2.5)]
    axes.fill_between(time, low, high, color=look.colour, alpha=0.35, lw=0, zorder=2, rasterized=True)
    axes.plot(time, mixture.expectation(), color=look.colour, lw=1.2, ls=(0, (3, 1)), zorder=2.7, rasterized=True)
    handles += [
        Patch(color=look.colour, alpha=0.35, lw=0, label=f"Q20–Q80 of {legend_label(name)}"),
        Line2D([], [], color=look.colour, ls=(0, (3, 1)), label=f"expectation of {legend_label(name)}"),
    ]
    if series.time.size > MOST // 2:
        colour = replicate_colours(1)[0]
        handles.append(Patch(color=colour, alpha=0.25, lw=0, label="range of a replicate's readings"))
    if reference is not None:
        line = thinned(reference)
        axes.plot(series.time[line.middle], line.mean, color=BLACK, lw=0.9, ls=":", zorder=2.6, rasterized=True)
        handles.append(Line2D([], [], color=BLACK, ls=":", label="reference"))
    _limits(axes, series, low, high, reference)
    axes.set(ylabel=SOIL_MOISTURE, xlim=(series.time[0], series.time[-1]))
    time_axis(axes)
    legend_below(figure, [*handles, *part_strip(axes, series.time, series.part)])
    return figure


def _read(context: FigureContext, name: str, **position: int) -> np.ndarray | None:
    """Read a variable where a series is (time); None where the network has nothing of it there."""
    values = context.network[name].isel(position).to_numpy() if name in context.network else np.array([])
    return values if np.isfinite(values).any() else None


def _limits(
    axes: Axes, series: FigureSeries, low: np.ndarray, high: np.ndarray, reference: np.ndarray | None
) -> None:
    drawn = [series.readings.ravel(), low, high, *([] if reference is None else [reference])]
    values = np.concatenate([line[np.isfinite(line)] for line in drawn])
    bottom, top = float(values.min()), float(values.max())
    margin = max(0.06 * (top - bottom), 0.01)
    axes.set_ylim(bottom - 1.5 * margin, top + margin)
