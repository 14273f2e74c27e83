import numpy as np
import pytest

from thetamix.mixture import GaussianMixture
from thetamix.report.figures.choice import Choice
from thetamix.report.figures.panels import daily_rain
from thetamix.report.figures.series_belt import draw


@pytest.fixture
def figure(make_context):
    return draw(make_context(), Choice(cluster="c02", depth=0.3, forecaster="3G-LSTM"))


def mixture(context):
    values = context.prediction("3G-LSTM", 1).isel(cluster=1, depth=1)
    return GaussianMixture(*(values[f"component_{name}"].to_numpy() for name in ("weight", "mean", "sd")))


def panel(figure):
    return next(axes for axes in figure.axes if axes.get_ylabel().startswith("Soil moisture"))


def test_the_belt_is_between_the_quantiles_of_the_mixture(figure, make_context):
    expected = mixture(make_context()).quantile([0.2, 0.8])
    band = panel(figure).collections[-1].get_paths()[0].vertices
    for values in (expected[:, 0], expected[:, 1]):
        assert np.isin(np.round(values, 9), np.round(band[:, 1], 9)).all()


def test_lines_are_the_readings_the_expectation_and_the_reference(figure, make_context):
    context = make_context()
    network = context.network.isel(cluster=1, depth=1)
    *replicates, expectation, reference = [line.get_ydata() for line in panel(figure).lines]
    np.testing.assert_allclose(replicates, network["soil_moisture"])
    np.testing.assert_allclose(expectation, mixture(context).expectation())
    np.testing.assert_allclose(reference, network["reference_soil_moisture"])


def test_a_spike_in_a_long_series_is_not_lost(make_context):
    context = make_context(["c01"], depths=(0.1,), steps=5000)
    context.network["soil_moisture"][0, 0, 1, 1234] = 0.59
    axes = panel(draw(context, Choice()))
    tops = [path.vertices[:, 1].max() for band in axes.collections for path in band.get_paths()]
    assert max(tops) == pytest.approx(0.59)
    assert max(line.get_xdata().size for line in axes.lines) <= 1400


def test_rain_is_summed_over_days():
    hours = np.datetime64("2013-01-01T00", "ns") + np.arange(1, 73) * np.timedelta64(1, "h")
    rate = np.r_[np.full(24, 0.5), np.full(12, 1.0), np.full(12, np.nan), np.full(24, np.nan)]
    days, rain = daily_rain(hours, rate)
    assert days.astype(str).tolist() == ["2013-01-01", "2013-01-02", "2013-01-03"]
    np.testing.assert_allclose(rain, [12.0, 24.0, np.nan])


def test_without_reference_and_rain_there_is_neither(make_context):
    context = make_context(precipitation=None)
    del context.network["reference_soil_moisture"]
    figure = draw(context, Choice())
    assert len(figure.axes) == 1
    assert "reference" not in [text.get_text() for text in figure.legends[0].get_texts()]
