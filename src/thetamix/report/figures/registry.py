"""The figures of a run by name, with what they show in words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from matplotlib.figure import Figure

from thetamix.report.figures import (
    aggregate_distribution,
    belt_by_moisture,
    belt_by_state,
    calibration,
    clusters_map,
    comparison,
    floor_and_baselines,
    model_diagram,
    multimodality_by_month,
    quality,
    replicates,
    score_gallery,
    series_belt,
    series_density,
    skill,
    skill_map,
    split,
    training,
    variance_components,
)
from thetamix.report.figures.choice import Choice
from thetamix.report.figures.figure_context import FigureContext


@dataclass(frozen=True)
class Entry:
    """A figure of a run.

    Attributes
    ----------
    draw
        Makes it.
    title
        A line.
    caption
        What is shown, in plain words: for the page, and for those who cannot see it.
    needs
        What a run must offer, in words; without it, ``draw`` raises
        :class:`~thetamix.report.figures.choice.NotApplicableError`.
    """

    draw: Callable[[FigureContext, Choice], Figure]
    title: str
    caption: str
    needs: str


#: The figures, in the order in which a report shows them. A new one is a file and an entry here.
FIGURES: Mapping[str, Entry] = {
    "clusters_map": Entry(
        clusters_map.draw,
        "Clusters and their replicates",
        "a: the clusters by geology. b: the sensors of the circled cluster; depths are to scale, places are "
        "not. c: the replicates of one of its series: lines are means, faint bands the range of the readings.",
        "latitude and longitude of the clusters",
    ),
    "model_diagram": Entry(
        model_diagram.draw,
        "The model",
        "A trained model as its files describe it: its inputs, the LSTM over its window, and the head. At the"
        " right a mixture that it predicted (thick) and its components (dashed), that with "
        "the most even weights.",
        "a trained model",
    ),
    "floor_and_baselines": Entry(
        floor_and_baselines.draw,
        "From the floor to the baselines",
        "CRPS of all forecasters, for all series and for each geology and depth; low is good. The thick grey "
        "mark is the leave-one-out floor: how well the other sensors of the same cluster foretell a sensor at"
        " that very time. The grey bar reaches from it to the worse annual cycle: what there is to gain.",
        "scores.csv",
    ),
    "skill": Entry(
        skill.draw,
        "CRPS by depth and season",
        "Left: CRPS by depth, mean over geologies, with 95 % bootstrap intervals. Right: CRPS by season, mean"
        " over series. Low is good. Forecasters with very large prediction files are shown by depth only.",
        "scores.csv",
    ),
    "skill_map": Entry(
        skill_map.draw,
        "Map of skill",
        "Skill of a forecaster at each cluster, a map a depth: the share of the CRPS of the annual cycle that"
        " it does away with. Above 0 it is better than the annual cycle, below 0 worse. Crosses: no score.",
        "scores.csv; latitude and longitude of the clusters",
    ),
    "comparison": Entry(
        comparison.draw,
        "Forecasters in pairs",
        "Differences of scores, first minus second, with 95 % bootstrap intervals on the same blocks. Blue "
        "circles: the first is better; vermillion squares: the second is; grey: the interval holds zero.",
        "comparison.csv",
    ),
    "series_belt": Entry(
        series_belt.draw,
        "A series and its belt",
        "One series: its replicates, the band between the 20th and the 80th percentile of the predicted "
        "mixture, its expectation (dashed), the reference where there is one (dotted), and rain from above. "
        "The strip below says which time was trained on and which is evaluated.",
        "a forecaster with a density",
    ),
    "series_density": Entry(
        series_density.draw,
        "A series and its density",
        "Above: densities at a dry and a wet time step: of the readings, each widened by the instrument's "
        "0.02 m³ m⁻³, and of the predicted mixtures. Below: the predicted density in time, in colour, under "
        "draws around the readings (black). The strip below says which time was trained on and which is "
        "evaluated.",
        "a forecaster with a density",
    ),
    "belt_by_moisture": Entry(
        belt_by_moisture.draw,
        "Belts against moisture",
        "Belt (80th minus 20th percentile) against soil moisture for each geology and depth: areas and lines "
        "hold 50 % and 90 % of the evaluated steps. Grey: observed belts against the mean of the replicates; "
        "in colour: predicted belts against the expectation. Above and at the right: how moisture and belts "
        "are distributed.",
        "evaluated steps with all replicates",
    ),
    "belt_by_cluster": Entry(
        belt_by_moisture.draw_clusters,
        "Belts against moisture at single clusters",
        "As the figure of belts against moisture, for an example cluster of each geology and depth, that with"
        " most evaluated steps, or for all depths of a chosen cluster.",
        "evaluated steps with all replicates",
    ),
    "belt_by_state": Entry(
        belt_by_state.draw,
        "Belts in dry and wet soil",
        "Median belt against the moisture of a replicate that is left out of it. Black with grey quartiles: "
        "observed. In colour: matched, that is of as many readings drawn from the prediction as there are "
        "sensors.",
        "belt_by_state.csv; series with three replicates",
    ),
    "variance_components": Entry(
        variance_components.draw,
        "What the spread is made of",
        "Above: the variance between replicates by depth: lasting offsets, passing disagreement and the "
        "instrument's noise; open bars: the total, where a forecaster does not tell them apart. Below: the "
        "root of the total against the moisture of the other replicates.",
        "variance_components.csv; series with two replicates",
    ),
    "aggregate_distribution": Entry(
        aggregate_distribution.draw,
        "Aggregated distributions",
        "All evaluated readings as one distribution (grey) and all predicted mixtures as one, over all series"
        " and by geology.",
        "distribution.csv",
    ),
    "multimodality_by_month": Entry(
        multimodality_by_month.draw,
        "Multimodality through the year",
        "Share of the evaluated mixtures with more than one mode, by month; the narrow bars count only modes "
        "with a dip of a tenth or more between them. Below, where known: rainy days, mean discharge, and the "
        "share of responses to rain in which a deeper sensor rose before a shallower one.",
        "multimodality.csv; a forecaster with more than one component",
    ),
    "calibration": Entry(
        calibration.draw,
        "Calibration",
        "a: histogram of where readings fall in the predicted distributions, flat if calibrated. b: share of "
        "the readings inside central intervals. c: how wide these are. d: how often soil was below a "
        "threshold against the probability forecast. e: error against predicted spread. f: the CRPS is "
        "miscalibration minus resolution plus uncertainty. Bands: 95 % bootstrap.",
        "calibration.csv",
    ),
    "replicates": Entry(
        replicates.draw,
        "How replicates agree",
        "Pairs of replicates of one series: their correlation in time against the size of their mean "
        "difference, by geology and depth. Dotted: a correlation of 0.9.",
        "replicate_correlation.csv",
    ),
    "quality": Entry(
        quality.draw,
        "Quality flags",
        "Share of the readings that carry a flag, by cluster and, within each flag, by depth from the surface"
        " down. White: none.",
        "quality.csv",
    ),
    "split": Entry(
        split.draw,
        "The split and its leakage",
        "a: what was trained on and what is evaluated, series by series. b: share of the evaluated steps "
        "whose time was trained on elsewhere. c: days from an evaluated step to the nearest trained one of "
        "its series: line 5 to 95 %, bar quartiles, mark median.",
        "a split",
    ),
    "training": Entry(
        training.draw,
        "Training",
        "Loss and learning rate of each fit by epoch; a line a seed.",
        "a trained model",
    ),
    "score_gallery": Entry(
        score_gallery.draw,
        "What scores look like",
        "One observed distribution (grey) and four predictions of it (dashed), from perfect to bad, with "
        "their scores; the same for every run. A perfect forecast has a Wasserstein distance of 0, but not a "
        "CRPS of 0.",
        "nothing",
    ),
}
