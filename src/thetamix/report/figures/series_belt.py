"""A series: replicates, predicted belt and expectation, another model's soil moisture, rain from above (Fig. C1)."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from thetamix.mixture import GaussianMixture
from thetamix.report.figures.choice import Choice, FigureSeries, NotApplicableError
from thetamix.report.figures.figure_context import FigureContext
from thetamix.report.figures.labels import legend_label, plain
from thetamix.report.figures.style import (
    BLACK,
    GREY,
    RAIN,
    SOIL_MOISTURE,
    Look,
    new_figure,
    part_strip,
    replicate_colours,
    styled,
    time_axis,
)
from thetamix.report.figures.thinning import MOST, pick, thinned

DAY = np.timedelta64(1, "D")
BELT = (0.2, 0.8)


@styled
def series_belt(
    one: FigureSeries,
    steps: np.ndarray,
    mixture: GaussianMixture,
    look: Look,
    forecaster: str,
    reference: np.ndarray | None,
    rain: np.ndarray | None,
    subject: str,
) -> Figure:
    """Draw a series with its belt.

    Parameters
    ----------
    one
        The series.
    steps
        Positions in time of the mixtures (steps).
    mixture
        Predicted there, shape (steps,).
    look, forecaster
        Whose.
    reference
        Soil moisture of another model (time) [m3 m-3].
    rain
        Precipitation rate (time) [mm h-1].
    subject
        What is shown.

    Returns
    -------
    matplotlib.figure.Figure
        The belt between the 20th and the 80th percentile as a band, the expectation as a dashed line.
    """
    figure = new_figure(95 if rain is not None else 80, subject)
    if rain is None:
        axes = figure.add_subplot()
    else:
        grid = figure.add_gridspec(2, 1, height_ratios=[1, 4])
        axes = figure.add_subplot(grid[1])
        _rain(figure.add_subplot(grid[0], sharex=axes), one.time, rain)
    low, high = np.moveaxis(mixture.quantile(BELT), -1, 0)
    time = one.time[steps]
    colours = replicate_colours(len(one.readings))
    for values, colour in zip(one.readings, colours, strict=True):
        shown = thinned(values)
        when = one.time[shown.middle]
        axes.fill_between(when, shown.low, shown.high, color=colour, alpha=0.25, lw=0, rasterized=True)
        axes.plot(when, shown.mean, color=colour, lw=0.8, zorder=2.5, rasterized=True)
    axes.fill_between(time, low, high, color=look.colour, alpha=0.35, lw=0, zorder=2, rasterized=True)
    axes.plot(time, mixture.expectation(), color=look.colour, lw=1.2, ls=(0, (3, 1)), zorder=2.7, rasterized=True)
    handles: list[Line2D | Patch] = [
        Line2D([], [], color=colour, label=f"replicate {label}")
        for label, colour in zip(one.labels, colours, strict=True)
    ]
    handles += [
        Patch(color=look.colour, alpha=0.35, lw=0, label=f"Q20–Q80 of {legend_label(forecaster)}"),
        Line2D([], [], color=look.colour, ls=(0, (3, 1)), label=f"expectation of {legend_label(forecaster)}"),
    ]
    if one.time.size > MOST // 2:
        handles.append(Patch(color=colours[0], alpha=0.25, lw=0, label="range of a replicate's readings"))
    if reference is not None:
        shown = thinned(reference)
        axes.plot(one.time[shown.middle], shown.mean, color=BLACK, lw=0.9, ls=":", zorder=2.6, rasterized=True)
        handles.append(Line2D([], [], color=BLACK, ls=":", label="reference"))
    _limits(axes, one, low, high, reference)
    axes.set(ylabel=SOIL_MOISTURE, xlim=(one.time[0], one.time[-1]))
    time_axis(axes)
    handles += part_strip(axes, one.time, one.part)
    figure.legend(handles=handles, loc="outside lower center", ncols=4)
    return figure


def draw(context: FigureContext, choice: Choice) -> Figure:
    """Draw the chosen series, or the most complete, under the first trained model with a belt."""
    one, seed = context.series(choice), context.seed(choice)
    steps = pick(one.time.size)
    # the model with most components comes first: Fig. C1 shows the 3G-LSTM
    names = sorted(context.ranked(choice), key=lambda name: _rank(context, name))
    for name in names:
        try:
            mixture = context.mixture(name, seed, one, steps)
            break
        except NotApplicableError:
            if name == names[-1]:
                raise
    network = context.network
    reference = rain = None
    if "reference_soil_moisture" in network:
        values = network["reference_soil_moisture"].isel(cluster=one.cluster, depth=one.depth).to_numpy()
        reference = values if np.isfinite(values).any() else None
    if "precipitation" in network:
        values = network["precipitation"].isel(cluster=one.cluster).to_numpy()
        rain = values if np.isfinite(values).any() else None
    subject = f"{one.name}, {plain(name)}, seed {seed}"
    return series_belt(one, steps, mixture, context.looks[name], name, reference, rain, subject)


def daily_rain(time: np.ndarray, rate: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sum precipitation over days.

    Parameters
    ----------
    time
        Ends of the steps (time).
    rate
        Precipitation (time) [mm h-1].

    Returns
    -------
    days, sums : numpy.ndarray
        Days and their precipitation [mm d-1], scaled up where a part of a day is missing; NaN where all of it is.
    """
    step = time[1] - time[0] if time.size > 1 else DAY
    days, number = np.unique((time - step // 2).astype("datetime64[D]"), return_inverse=True)
    known = np.isfinite(rate)
    total = np.bincount(number, np.where(known, rate, 0.0), days.size)
    count = np.bincount(number, known, days.size)
    return days, 24 * np.divide(total, count, out=np.full(days.size, np.nan), where=count > 0)


def _rain(axes: Axes, time: np.ndarray, rate: np.ndarray) -> None:
    days, rain = daily_rain(time, rate)
    axes.fill_between(days + DAY // 2, 0, rain, step="mid", color=RAIN, lw=0.3, rasterized=True)
    axes.set_ylabel("Rain\n[mm d⁻¹]")
    top = np.nanmax(rain) if np.isfinite(rain).any() else 1.0
    axes.set_ylim(max(float(top), 1.0), 0)
    axes.spines[["bottom", "top"]].set_visible(False)
    axes.tick_params(axis="x", bottom=False, labelbottom=False)
    axes.grid(axis="y", color=GREY, alpha=0.25, lw=0.4)


def _limits(axes: Axes, one: FigureSeries, low: np.ndarray, high: np.ndarray, reference: np.ndarray | None) -> None:
    parts = [one.readings.ravel(), low, high, *([] if reference is None else [reference])]
    values = np.concatenate([part[np.isfinite(part)] for part in parts])
    bottom, top = float(values.min()), float(values.max())
    margin = max(0.06 * (top - bottom), 0.01)
    axes.set_ylim(bottom - 1.5 * margin, top + margin)


def _rank(context: FigureContext, name: str) -> int:
    return -int(context.study["forecasters"][name].get("components", 0)) if context.kind(name) == "lstm" else 1
