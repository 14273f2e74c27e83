"""Parts that figures share: grids of panels, axes of time and of categories, bands, legends."""

import string
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from thetamix.report.figures.choice import FigureSeries
from thetamix.report.figures.labels import legend_label, plain
from thetamix.report.figures.style import EVALUATED, GREY, RAIN, TRAINED, Look, replicate_colours
from thetamix.report.figures.thinning import thinned
from thetamix.splits.parts import EVALUATION, TRAINING

DAY = np.timedelta64(1, "D")

Handle = Line2D | Patch


def panel_grid(figure: Figure, count: int, columns: int, *, shared: bool = False) -> list[Axes]:
    """Return panels side by side and below each other, with shared axes or not; the last line may have fewer."""
    lines = -(-count // columns)
    panels = list(figure.subplots(lines, columns, squeeze=False, sharex=shared, sharey=shared).ravel())
    for axes in panels[count:]:
        axes.set_visible(False)
    return panels[:count]


def panel_letters(axes: Sequence[Axes]) -> None:
    """Write a, b, c … at the upper left of panels."""
    for letter, panel in zip(string.ascii_lowercase, axes, strict=False):
        panel.set_title(letter, loc="left", fontweight="bold")


def look_handle(look: Look, name: str, **style: Any) -> Line2D:
    """Return the entry of a legend for what has a look: colour, line and marker unless told."""
    given = {"color": look.colour, "ls": look.line, "marker": look.marker, "ms": 4, "label": legend_label(name)}
    return Line2D([], [], **(given | style))


def legend_below(figure: Figure, handles: Sequence[Handle], columns: int = 4) -> None:
    """Draw the legend of a figure below its panels."""
    figure.legend(handles=handles, loc="outside lower center", ncols=columns)


def value_lines(axes: Axes, axis: str) -> None:
    """Draw faint lines at the ticks of an axis of values, ``x`` or ``y``."""
    axes.grid(axis=axis, color=GREY, alpha=0.25, lw=0.4)  # type: ignore[arg-type]


def name_ticks(axes: Axes, axis: str, places: Sequence[float] | np.ndarray, names: Sequence[str]) -> None:
    """Write names along an axis, without ticks."""
    (axes.set_xticks if axis == "x" else axes.set_yticks)(places, names)
    axes.tick_params(axis=axis, length=0)  # type: ignore[arg-type]


def time_axis(axes: Axes, *, label: bool = True) -> None:
    """Draw an axis of time, UTC, with few ticks."""
    locator = AutoDateLocator(minticks=3, maxticks=9)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    if label:
        axes.set_xlabel("Time (UTC)")


def time_extent(time: np.ndarray) -> tuple[float, float]:
    """Return the ends of an image whose columns are steps (time), in matplotlib's days."""
    when = date2num(time)  # type: ignore[no-untyped-call]
    half = 0.5 * (when[-1] - when[0]) / max(when.size - 1, 1) or 0.5
    return float(when[0] - half), float(when[-1] + half)


def replicate_lines(axes: Axes, series: FigureSeries, **style: Any) -> list[Line2D]:
    """Draw the replicates of a series: their means as lines, the range of their readings as bands.

    Returns
    -------
    list of Line2D
        For the legend.
    """
    colours = replicate_colours(len(series.readings))
    for values, colour in zip(series.readings, colours, strict=True):
        band = thinned(values)
        when = series.time[band.middle]
        axes.fill_between(when, band.low, band.high, color=colour, alpha=0.25, lw=0, rasterized=True)
        axes.plot(when, band.mean, color=colour, rasterized=True, **style)
    if len(colours) > len(set(colours)):  # a legend could not tell them apart
        return [Line2D([], [], color=colours[0], label=f"{len(colours)} replicates")]
    return [
        Line2D([], [], color=colour, label=f"replicate {label}")
        for label, colour in zip(series.labels, colours, strict=True)
    ]


def part_strip(axes: Axes, time: np.ndarray, part: np.ndarray, height: float = 0.035) -> list[Handle]:
    """Draw along the lower edge which time was trained on and which is evaluated.

    Parameters
    ----------
    axes
        With time along x.
    time, part
        Ends of the steps and their part (time).
    height
        Share of the axes' height.

    Returns
    -------
    list
        For the legend; a part that does not occur is left out.
    """
    handles: list[Handle] = []
    transform = axes.get_xaxis_transform()
    for value, colour, word in ((TRAINING, TRAINED, "trained on"), (EVALUATION, EVALUATED, "evaluated")):
        inside = np.flatnonzero(part == value)
        if inside.size == 0:
            continue
        for stretch in np.split(inside, np.flatnonzero(np.diff(inside) > 1) + 1):
            first, last = time[max(stretch[0] - 1, 0)], time[stretch[-1]]
            axes.axvspan(first, last, 0, height, color=colour, lw=0, transform=transform, zorder=3)
        handles.append(Patch(color=colour, label=word))
    return handles


def empty(axes: Axes, why: str = "no data") -> None:
    """Write into an empty panel why it is empty."""
    axes.text(0.5, 0.5, plain(why), transform=axes.transAxes, ha="center", va="center", color=GREY)


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
    there = np.isfinite(rate)
    total = np.bincount(number, np.where(there, rate, 0.0), days.size)
    count = np.bincount(number, there, days.size)
    return days, 24 * np.divide(total, count, out=np.full(days.size, np.nan), where=count > 0)


def rain_bars(axes: Axes, time: np.ndarray, rate: np.ndarray) -> None:
    """Draw daily rain from above.

    Parameters
    ----------
    axes
        Above a panel with the same time along x.
    time, rate
        See :func:`daily_rain`.
    """
    days, rain = daily_rain(time, rate)
    axes.fill_between(days + DAY // 2, 0, rain, step="mid", color=RAIN, lw=0.3, rasterized=True)
    axes.set_ylabel("Rain\n[mm d⁻¹]")
    top = np.nanmax(rain) if np.isfinite(rain).any() else 1.0
    axes.set_ylim(max(float(top), 1.0), 0)
    axes.spines[["bottom", "top"]].set_visible(False)
    axes.tick_params(axis="x", bottom=False, labelbottom=False)
    value_lines(axes, "y")
