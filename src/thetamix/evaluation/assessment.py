"""All that a study asks of its prediction files, in one pass over them for each seed; and all tables of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import xarray as xr

from thetamix.evaluation.calibration_sums import Calibration
from thetamix.evaluation.calibration_table import calibration_table
from thetamix.evaluation.crps_decomposition import Decomposition, decomposition_table
from thetamix.evaluation.diagnose import Diagnosis, Diagnostics, describe_record, further_scores, over_seeds
from thetamix.evaluation.estimates import score_table
from thetamix.evaluation.forecaster_differences import comparison_table, seed_spread
from thetamix.evaluation.series_scores import Resampling, SeriesScores, evaluate, unit_draws
from thetamix.network.by_series import Part, Readings
from thetamix.network.observations import ReplicateRule


@dataclass(frozen=True)
class Assessment:
    """What one seed's prediction files say.

    Attributes
    ----------
    scores
        By forecaster and floor: those of each series.
    calibration, decomposition
        What was gathered of all series.
    diagnosis
        Variability, its components, modes and the aggregate distribution.
    """

    scores: dict[str, list[SeriesScores]]
    calibration: Calibration
    decomposition: Decomposition
    diagnosis: Diagnosis


def assess(
    network: xr.Dataset,
    readings: Readings,
    part: Part,
    rule: ReplicateRule,
    predictions: Mapping[str, xr.Dataset],
    geology: Sequence[str],
    resampling: Resampling,
    seed: int,
    report: Callable[[float], None],
) -> Assessment:
    """Assess the prediction files of a seed, all at the same steps; each is read once.

    Parameters
    ----------
    network, readings, part, rule, predictions
        See :func:`thetamix.evaluation.paired_series.evaluated_series`.
    geology
        Of the clusters (cluster).
    resampling
        How scores are resampled.
    seed
        Of the split and of all draws but those of blocks and clusters.
    report
        Takes the share that is done.

    Returns
    -------
    Assessment
        Of this seed.

    Raises
    ------
    InputError
        If a forecaster has the name of a floor.
    """
    calibration = Calibration(geology, *unit_draws(network, part, resampling))
    decomposition = Decomposition(geology)
    diagnostics = Diagnostics(network, part, geology, resampling, seed)
    also = [calibration.add, decomposition.add, diagnostics.add]
    scores = evaluate(network, readings, part, rule, predictions, resampling, seed, report, also)
    return Assessment(scores, calibration, decomposition, diagnostics.diagnosis())


def assessment_tables(
    assessments: Mapping[int, Assessment],
    network: xr.Dataset,
    readings: Readings,
    geology: Sequence[str],
    resampling: Resampling,
) -> dict[str, pd.DataFrame]:
    """Make the tables of all seeds, and those of the readings themselves.

    Parameters
    ----------
    assessments
        By seed.
    network, readings, geology, resampling
        See :func:`assess`.

    Returns
    -------
    dict of pandas.DataFrame
        ``scores``, and the long tables by name.
    """
    scored = {(name, seed): of_series for seed, one in assessments.items() for name, of_series in one.scores.items()}
    diagnoses = [one.diagnosis for one in assessments.values()]
    draw_clusters = resampling.unit == "clusters"
    scores = score_table(
        scored,
        geology,
        draw_clusters=draw_clusters,
        step_bootstrap=f"{resampling.step_draws} draws of {resampling.step_share:.0%}",
        further=further_scores(diagnoses),
    )
    return {
        "scores": scores,
        **over_seeds(diagnoses),
        **describe_record(network, readings, geology),
        "calibration": calibration_table({seed: one.calibration for seed, one in assessments.items()}),
        "crps_decomposition": decomposition_table({seed: one.decomposition for seed, one in assessments.items()}),
        "comparison": comparison_table(scored, geology, draw_clusters=draw_clusters),
        "seed_spread": seed_spread(scores),
    }
