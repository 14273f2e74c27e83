import numpy as np
import pytest

from thetamix.mixture import GaussianMixture
from thetamix.report.figures.choice import Choice, NotApplicableError
from thetamix.report.figures.series_density import LEVELS, draw, telling_steps


def mixture(context, name):
    values = context.prediction(name, 1).isel(cluster=0, depth=0)
    return GaussianMixture(*(values[f"component_{part}"].to_numpy() for part in ("weight", "mean", "sd")))


def test_the_image_is_the_density(make_context):
    context = make_context()
    figure = draw(context, Choice(cluster="c01", depth=0.1, forecaster="3G-LSTM"))
    axes = next(axes for axes in figure.axes if axes.images)
    image = axes.images[0].get_array()
    *_, low, high = axes.images[0].get_extent()
    edges = np.linspace(low, high, LEVELS + 1)
    middles = 0.5 * (edges[1:] + edges[:-1])
    expected = mixture(context, "3G-LSTM")[:, None].pdf(middles).T
    np.testing.assert_allclose(image, expected)


def test_cut_out_densities_are_those_of_readings_and_mixtures(make_context):
    context = make_context()
    figure = draw(context, Choice(cluster="c01", depth=0.1))
    one = context.series(Choice(cluster="c01", depth=0.1))
    names = ["condLSTM", "3G-LSTM"]
    steps = telling_steps(one, {name: mixture(context, name) for name in names})
    cuts = [axes for axes in figure.axes if axes.get_title("left") in ("a", "b")]
    assert len(cuts) == len(steps) == 2
    for axes, step in zip(cuts, steps, strict=True):
        readings, rug, *predicted = axes.lines
        x = readings.get_xdata()
        measured = GaussianMixture([1 / 3] * 3, one.readings[:, step], 0.02)
        np.testing.assert_allclose(readings.get_ydata(), measured.pdf(x))
        np.testing.assert_allclose(rug.get_xdata(), one.readings[:, step])
        for line, name in zip(predicted, names, strict=True):
            np.testing.assert_allclose(line.get_ydata(), mixture(context, name)[step].pdf(x))


def test_cut_out_steps_are_a_dry_and_a_wet_evaluated_one(make_series):
    one = make_series(steps=100)
    one.readings[:] = np.linspace(0.1, 0.4, 100)
    one.readings[0, 97] = np.nan
    everywhere = {"m": GaussianMixture(np.ones((100, 1)), np.full((100, 1), 0.2), 0.03)}
    dry, wet = telling_steps(one, everywhere)
    assert 50 <= dry <= 54
    assert 95 <= wet <= 98
    assert wet != 97


def test_a_series_without_prediction_says_so(make_context):
    context = make_context()
    context.prediction("3G-LSTM", 1)["component_mean"][0, 0] = np.nan
    with pytest.raises(NotApplicableError, match="3G-LSTM has no prediction for c01 at 10 cm"):
        draw(context, Choice(cluster="c01", depth=0.1, forecaster="3G-LSTM"))


def test_points_of_a_dense_figure_are_no_vectors(make_context):
    figure = draw(make_context(), Choice())
    dense = [line for axes in figure.axes for line in axes.lines if len(line.get_xdata()) > 300]
    assert dense
    assert all(line.get_rasterized() for line in dense if line.get_marker() == ".")
