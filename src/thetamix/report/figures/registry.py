"""The figures of a run by name."""

from thetamix.report.figures import (
    aggregate_distribution,
    belt_by_moisture,
    belt_by_state,
    calibration,
    clusters_map,
    comparison,
    data,
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
from thetamix.report.figures.run_figure import RunFigure

#: The figures, in the order in which a report shows them. A new one is a file and its line here.
_IN_ORDER = (
    data.draw,
    clusters_map.draw,
    model_diagram.draw,
    floor_and_baselines.draw,
    skill.draw,
    skill_map.draw,
    comparison.draw,
    series_belt.draw,
    series_density.draw,
    belt_by_moisture.draw,
    belt_by_moisture.draw_clusters,
    belt_by_state.draw,
    variance_components.draw,
    aggregate_distribution.draw,
    multimodality_by_month.draw,
    calibration.draw,
    replicates.draw,
    quality.draw,
    split.draw,
    training.draw,
    score_gallery.draw,
)
FIGURES: dict[str, RunFigure] = {figure.name: figure for figure in _IN_ORDER}
