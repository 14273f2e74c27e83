import numpy as np
import pytest

from thetamix.evaluation.seasonal_crps import crps_by_season
from thetamix.mixture import GaussianMixture
from thetamix.report.figures.choice import Choice
from thetamix.report.figures.skill import draw
from thetamix.report.layouts.table_rows import rows
from thetamix.splits.parts import EVALUATION


def test_points_are_the_scores_by_depth(make_context):
    context = make_context()
    left, _ = draw(context, Choice(forecaster="3G-LSTM")).axes
    table = rows(context.table("scores"), forecaster="3G-LSTM", seed="all", group="all", cluster="all", score="crps")
    assert left.lines[0].get_ydata() == pytest.approx(list(table["value"]))
    assert [text.get_text() for text in left.get_xticklabels()] == ["10 cm", "30 cm", "all depths"]


def test_seasons_are_means_of_series_and_of_the_intervals_midpoints(make_network, make_mixtures):
    readings = np.full((1, 2, 1, 4), 0.3)
    readings[0, 1, 0, 0] = np.nan
    # stamps close their day: 1 March closes the last day of winter
    network = make_network(readings, start="2013-02-27")
    mixtures = make_mixtures(network, 1.0, np.array([[[[0.3], [0.3], [0.35], [0.4]]] * 2]), 0.02)
    part = np.full(readings.shape, EVALUATION)
    found = crps_by_season(network, readings, part, "all", {"m": mixtures}).set_index("season")

    def crps(mean):
        return GaussianMixture([1.0], [mean], [0.02]).crps(0.3)

    first = np.mean([crps(0.3), crps(0.3)])
    assert found.loc["DJF", "value"] == pytest.approx(np.mean([first, crps(0.3)]), rel=1e-5)
    assert found.loc["MAM", "value"] == pytest.approx(np.mean([crps(0.35), crps(0.4)]), rel=1e-5)
    assert found.loc["JJA", "n"] == 0
    assert np.isnan(found.loc["JJA", "value"])


def test_a_point_forecast_has_its_absolute_error(make_network, make_mixtures):
    readings = np.full((1, 1, 2, 3), 0.3)
    network = make_network(readings, start="2013-07-01", depths=(0.1,))
    found = crps_by_season(
        network,
        readings,
        np.full(readings.shape, EVALUATION),
        "all",
        {"m": make_mixtures(network, 1.0, 0.25, 0.0)},
    )
    assert found.set_index("season").loc["JJA", "value"] == pytest.approx(0.05)
