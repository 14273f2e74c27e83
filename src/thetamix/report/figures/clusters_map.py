"""Where the clusters are, how a cluster is built, and how much its replicates differ (Fig. 1)."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse

from thetamix.evaluation.estimates import ALL
from thetamix.report.figures.choice import Choice, FigureSeries
from thetamix.report.figures.figure_context import FigureContext
from thetamix.report.figures.labels import legend_label, plain
from thetamix.report.figures.maps import coordinates, map_axes, name_points
from thetamix.report.figures.panels import panel_letters, replicate_lines, time_axis
from thetamix.report.figures.run_figure import run_figure
from thetamix.report.figures.style import (
    BLACK,
    GREY,
    LIGHT,
    SOIL_MOISTURE,
    depth_colours,
    new_figure,
    replicate_colours,
)

#: More groups than these would hide clusters: their names stand below the figure.
MOST_INSIDE = 6


@run_figure(
    "clusters_map",
    title="Clusters and their replicates",
    caption="a: the clusters by {group}. b: the sensors of the circled cluster; depths are to scale, places are "
    "not. c: the replicates of one of its series: lines are means, faint bands the range of the readings.",
    needs="latitude and longitude of the clusters",
)
def draw(context: FigureContext, choice: Choice) -> Figure:
    """Draw the run's network and its chosen or most complete series."""
    latitude, longitude = coordinates(context.network)
    groups, series = context.groups, context.series(choice)
    figure = new_figure(135)
    grid = figure.add_gridspec(2, 2, width_ratios=[1.35, 1], height_ratios=[1.5, 1])
    ground, design, lines = (figure.add_subplot(cell) for cell in (grid[0, 0], grid[0, 1], grid[1, :]))
    map_axes(ground, latitude, longitude)
    for name in sorted(set(groups)):
        there = np.array([of_cluster == name for of_cluster in groups])
        look = context.group_looks[name]
        ground.plot(
            longitude[there],
            latitude[there],
            ls="",
            marker=look.marker,
            color=look.colour,
            mec=BLACK,
            mew=0.4,
            ms=5,
            label=legend_label(name, 24),
        )
    ground.plot(longitude[series.cluster], latitude[series.cluster], "o", mfc="none", mec=BLACK, ms=10, mew=1.0)
    name_points(ground, longitude, latitude, context.clusters, (230, 200))
    if len(set(groups)) > MOST_INSIDE:
        figure.legend(*ground.get_legend_handles_labels(), loc="outside lower center", ncols=7, handletextpad=0.2)
    elif set(groups) != {ALL}:
        ground.legend(loc="best", handletextpad=0.2)
    _design(design, context.network, series)
    handles = replicate_lines(lines, series)
    lines.set(ylabel=SOIL_MOISTURE, xlim=(series.time[0], series.time[-1]))
    time_axis(lines)
    lines.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(1.0, 1.0), title=series.name.replace(" at ", "\n")
    )
    panel_letters([ground, design, lines])
    return figure


def _design(axes: Axes, network: xr.Dataset, series: FigureSeries) -> None:
    """Sketch the profiles of a cluster on a disc of ground; the depths are those of its sensors."""
    cluster = network.isel(cluster=series.cluster)
    there = np.isfinite(cluster["soil_moisture"].to_numpy()).any(axis=-1)
    depths = network["depth"].to_numpy()
    true_depth = np.broadcast_to(depths[:, None], there.shape)
    if "sensor_depth" in network:
        given = cluster["sensor_depth"].to_numpy()
        true_depth = np.where(np.isfinite(given), given, true_depth)
    labels = [plain(label, 6) for label in network["replicate_label"].to_numpy()]
    used = np.flatnonzero(there.any(axis=0))
    deepest = float(np.nanmax(np.where(there, true_depth, np.nan)))
    # Seen from above the profiles stand in a ring; dotted lines lead down to the same profiles seen from the side.
    tall, above = 0.17 * deepest, -0.3 * deepest
    axes.add_patch(Ellipse((0, above), 2.5, 2 * tall, fc=LIGHT, ec=GREY, lw=0.6))
    axes.axhline(0, color=GREY, lw=2)
    colours = depth_colours(len(depths))
    browns = replicate_colours(used.size)
    named = len(set(browns)) == used.size  # there is no room for the names of more
    for number, (replicate, brown) in enumerate(zip(used, browns, strict=True)):
        x = 0.9 * (2 * (number + 0.5) / used.size - 1)
        y = above + 0.4 * tall * (-1) ** number
        sensors = np.flatnonzero(there[:, replicate])
        axes.plot(x, y, "o", color=brown, ms=4)
        if named:
            axes.annotate(labels[replicate], (x, y), (4, 0), textcoords="offset points", va="center", color=brown)
        axes.plot([x, x], [y, 0], color=brown, lw=0.7, ls=":")
        axes.plot([x, x], [0, float(true_depth[sensors, replicate].max())], color=brown, lw=1.2)
        for depth in sensors:
            axes.plot(x, true_depth[depth, replicate], "s", color=colours[depth], mec=BLACK, mew=0.4, ms=6)
    shown = depths[there.any(axis=1)]
    axes.set(xlim=(-1.4, 1.4), ylim=(1.08 * deepest, above - 1.3 * tall), xticks=[], yticks=[0, *shown])
    axes.spines["bottom"].set_visible(False)
    axes.set_title(plain(str(cluster["cluster_id"].to_numpy()), 18))
    axes.set(xlabel="profiles within a few metres,\nplaces not to scale", ylabel="Depth [m]")
