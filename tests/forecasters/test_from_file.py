"""Mixtures made elsewhere are found by name, or refused."""

import numpy as np
import pytest

from thetamix.prediction.prediction_file import write_prediction
from thetamix.system.errors import InputError


@pytest.fixture
def elsewhere(make_network, tmp_path):
    """A file for more clusters, depths and times than the network, in another order."""
    wide = make_network(clusters=3, depths=(0.1, 0.2, 0.3), steps=50, start="2012-12-25")
    wide["cluster_id"] = ("cluster", np.array(["c01", "other", "c00"], dtype=object))
    mean = np.random.default_rng(0).uniform(0.1, 0.5, (3, 3, 50, 2))

    def write(weight=0.5, sd=0.02, wide=wide):
        path = tmp_path / "elsewhere.nc"
        with write_prediction(path, wide, 2, title="theirs") as file:
            for c, d in np.ndindex(3, 3):
                file.write(c, d, np.array(weight), mean[c, d], np.array(sd))
        return path

    return write, wide, mean


def test_series_and_times_are_found_by_name(make_network, forecast, elsewhere):
    write, _, mean = elsewhere
    network = make_network(steps=20)
    weight, got, sd, read = forecast("file", network, file=write())
    expected = mean[np.ix_([2, 0], [0, 2], range(7, 27))]
    np.testing.assert_array_equal(got, expected.astype(np.float32))
    assert (weight == 0.5).all()
    assert (sd == np.float32(0.02)).all()
    assert read.attrs["title"] == "theirs"


def test_depths_in_single_precision_are_the_same_depths(make_network, forecast, elsewhere):
    write, wide, _ = elsewhere
    wide = wide.assign_coords(depth=wide["depth"].astype(np.float32).astype(np.float64))
    assert wide["depth"].to_numpy()[0] != 0.1
    _, got, _, _ = forecast("file", make_network(steps=20), file=write(wide=wide))
    assert np.isfinite(got).all()


@pytest.mark.parametrize(
    "network",
    [
        {"steps": 60},  # goes on for longer
        {"steps": 20, "start": "2012-01-01"},
        {"steps": 20, "start": "2013-01-01T12:00"},
        {"steps": 20, "step": np.timedelta64(12, "h")},
    ],
)
def test_times_that_are_not_covered(make_network, forecast, elsewhere, network):
    with pytest.raises(InputError, match="its times do not cover those of the network"):
        forecast("file", make_network(**network), file=elsewhere[0]())


def test_a_series_that_is_not_in_the_file_is_named(make_network, forecast, elsewhere):
    path = elsewhere[0]()
    with pytest.raises(InputError, match=r"no predictions for c02 at 0\.1 m"):
        forecast("file", make_network(clusters=3, steps=20), file=path)
    with pytest.raises(InputError, match=r"no predictions for c00 at 0\.15 m"):
        forecast("file", make_network(depths=(0.1, 0.15), steps=20), file=path)


def test_pairs_without_readings_need_no_prediction(make_network, forecast, elsewhere):
    readings = np.full((3, 2, 1, 20), 0.2)
    readings[2] = np.nan
    _, got, _, _ = forecast("file", make_network(readings), file=elsewhere[0]())
    assert np.isfinite(got[:2]).all()
    assert np.isnan(got[2]).all()


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"weight": 0.4}, "the weights sum to 0.8"),
        ({"weight": [1.5, -0.5]}, "weight of component 1 is -0.5"),
        ({"sd": -0.02}, "sd of component 0 is -0.02"),
        ({"sd": [0.02, 0.0]}, "sd of component 1 is 0"),
        ({"sd": 0.0}, "sd of component 0 is 0"),
    ],
)
def test_what_is_no_mixture_is_refused_before_it_is_scored(make_network, forecast, elsewhere, parameters, says):
    with pytest.raises(InputError, match=rf"elsewhere\.nc: c00 at 0\.1 m: not a mixture: .*{says}"):
        forecast("file", make_network(steps=20), file=elsewhere[0](**parameters))


def test_a_point_forecast_is_welcome(make_network, forecast, tmp_path):
    network = make_network(steps=5)
    with write_prediction(tmp_path / "point.nc", network, 1, title="p") as file:
        for c, d in np.ndindex(2, 2):
            file.write(c, d, np.array(1.0), np.array(0.3), np.array(0.0))
    _, mean, sd, _ = forecast("file", network, file=tmp_path / "point.nc")
    assert (mean == np.float32(0.3)).all()
    assert (sd == 0).all()


def test_missing_predictions_stay_missing(make_network, forecast, tmp_path):
    network = make_network(steps=5)
    with write_prediction(tmp_path / "part.nc", network, 1, title="p") as file:
        file.write(0, 0, np.array(1.0), np.array([0.3, np.nan, 0.3, 0.3, 0.3])[:, None], np.array(0.02))
    _, mean, _, _ = forecast("file", network, file=tmp_path / "part.nc")
    assert np.isnan(mean[0, 0, :, 0]).tolist() == [False, True, False, False, False]
    assert np.isnan(mean[1]).all()
