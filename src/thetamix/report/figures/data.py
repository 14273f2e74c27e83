"""The data before anything is made of them: what is there, where and when, and one series with its rain."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from thetamix.report.figures.choice import Choice, FigureSeries, NotApplicableError
from thetamix.report.figures.figure_context import FigureContext
from thetamix.report.figures.labels import depth_label, plain
from thetamix.report.figures.panels import (
    legend_below,
    name_ticks,
    panel_letters,
    rain_bars,
    replicate_lines,
    time_axis,
    time_extent,
)
from thetamix.report.figures.run_figure import run_figure
from thetamix.report.figures.style import SOIL_MOISTURE, new_figure
from thetamix.report.figures.tables import few, joined, left_out
from thetamix.splits.parts import NEITHER

#: Clusters that a page has room for, and those whose names it has room for.
MOST_CLUSTERS, MOST_NAMES = 60, 30
#: Columns of time.
COLUMNS = 240


@run_figure(
    "data",
    title="The data",
    caption="a: share of the sensors of a cluster, all depths, that have an accepted reading. b: rain, and the "
    "accepted readings of the cluster that has most, at its shallowest depth.",
    needs="nothing but the network",
)
def draw(context: FigureContext, choice: Choice) -> Figure:
    """Draw what is there at some clusters, and the readings of the chosen one, or of that with most."""
    numbers = few(range(len(context.clusters)), MOST_CLUSTERS)
    if choice.cluster is not None:
        numbers = [context.cluster_number(choice.cluster)]
    accepted = {number: np.isfinite(context.accepted(number)) for number in numbers}
    fullest = max(numbers, key=lambda number: int(accepted[number].sum()))
    if not accepted[fullest].any():
        raise NotApplicableError("the network has no accepted reading")
    series = _shallowest(context, fullest)
    cut = left_out(len(context.clusters), len(numbers), "clusters")
    tall = float(np.clip(2.4 * len(numbers), 18, 90))
    figure = new_figure(tall + 90, joined(series.name, cut))
    grid = figure.add_gridspec(3, 1, height_ratios=[tall, 14, 44])
    above, rain, below = (figure.add_subplot(grid[line]) for line in range(3))
    _presence(figure, above, series.time, np.stack([_share(accepted[number]) for number in numbers]))
    if len(numbers) <= MOST_NAMES:
        name_ticks(above, "y", range(len(numbers)), [plain(context.clusters[number], 18) for number in numbers])
    else:
        name_ticks(above, "y", [], [])
        above.set_ylabel(f"{len(numbers)} clusters")
    rate = context.network.get("precipitation")
    if rate is not None and np.isfinite(values := rate.isel(cluster=fullest).to_numpy()).any():
        rain_bars(rain, series.time, values)
        rain.set_xlim(series.time[0], series.time[-1])
    else:
        rain.set_visible(False)
    handles = replicate_lines(below, series, lw=0.8)
    below.set(ylabel=SOIL_MOISTURE, xlim=(series.time[0], series.time[-1]))
    time_axis(below)
    panel_letters([above, below])
    legend_below(figure, handles)
    return figure


def _shallowest(context: FigureContext, cluster: int) -> FigureSeries:
    readings = context.accepted(cluster)
    depth = int(np.isfinite(readings).any(axis=(1, 2)).argmax())
    ever = np.isfinite(readings[depth]).any(axis=1)
    labels = context.network["replicate_label"].to_numpy()
    time = context.network["time"].to_numpy()
    return FigureSeries(
        cluster,
        depth,
        f"{plain(context.clusters[cluster])} at {depth_label(context.depths[depth])}",
        time,
        readings[depth][ever].astype(np.float64),
        [plain(label, 12) for label in labels[ever]],
        np.full(time.size, NEITHER),
    )


def _share(present: np.ndarray) -> np.ndarray:
    """Return the share of a cluster's sensors with a reading in each of at most :data:`COLUMNS` stretches of time.

    Of readings that are there (depth, replicate, time); sensors that never read are no sensors.
    """
    sensors = present.reshape(-1, present.shape[-1])
    count = sensors[sensors.any(axis=1)].sum(axis=0)
    edges = np.linspace(0, count.size, min(COLUMNS, count.size) + 1).astype(int)
    steps = np.diff(edges) * max(int(sensors.any(axis=1).sum()), 1)
    share: np.ndarray = np.add.reduceat(count, edges[:-1]) / steps
    return share


def _presence(figure: Figure, axes: Axes, time: np.ndarray, share: np.ndarray) -> None:
    left, right = time_extent(time)
    image = axes.imshow(
        100 * np.where(share > 0, share, np.nan),
        vmin=0,
        vmax=100,
        cmap="cividis_r",
        aspect="auto",
        interpolation="nearest",
        extent=(left, right, len(share) - 0.5, -0.5),
        rasterized=True,
    )
    time_axis(axes, label=False)
    figure.colorbar(image, ax=axes, pad=0.01, aspect=15).set_label("Sensors [%]")
