"""The ensemble is the pool of its members, and says nothing where one of them does not."""

import numpy as np
import pytest

from thetamix.mixture import GaussianMixture
from thetamix.prediction.prediction_file import write_prediction


@pytest.fixture
def members(make_network, tmp_path):
    network = make_network(steps=12)
    rng = np.random.default_rng(0)
    paths, mixtures = [], []
    for number, components in enumerate([1, 3, 2]):
        shape = (2, 2, 12, components)
        weight = rng.dirichlet(np.ones(components), shape[:-1])
        mean, sd = rng.uniform(0.1, 0.5, shape), rng.uniform(0.01, 0.1, shape)
        weight[0, 1, number], mean[0, 1, number], sd[0, 1, number] = np.nan, np.nan, np.nan
        paths.append(tmp_path / f"member {number}.nc")
        with write_prediction(paths[-1], network, components, title="m") as file:
            for c, d in np.ndindex(2, 2):
                file.write(c, d, weight[c, d], mean[c, d], sd[c, d])
        mixtures.append(GaussianMixture(*(a.astype(np.float32) for a in (weight, mean, sd))))
    return network, paths, mixtures


def pool_of(paths):
    predictions = {path.stem: path for path in paths}
    return {"of": list(predictions), "predictions": predictions}


def test_it_is_the_equal_pool(members, forecast):
    network, paths, mixtures = members
    weight, mean, sd, read = forecast("ensemble", network, **pool_of(paths))
    got, expected = GaussianMixture(weight, mean, sd), GaussianMixture.pool(mixtures)
    assert got.n_components == 6
    for point in (0.15, 0.3, 0.42):
        np.testing.assert_allclose(got.cdf(point), expected.cdf(point), rtol=1e-6)
        direct = np.mean([mixture.cdf(point) for mixture in mixtures], axis=0)
        np.testing.assert_allclose(got.cdf(point), direct, rtol=1e-6)
    assert read.attrs["title"] == "equal pool of member 0, member 1, member 2"


def test_where_a_member_is_missing_the_pool_is(members, forecast):
    network, paths, _ = members
    weight, mean, sd, _ = forecast("ensemble", network, **pool_of(paths))
    for parameter in (weight, mean, sd):
        missing = np.isnan(parameter)
        assert missing[0, 1, :3].all()
        missing[0, 1, :3] = False
        assert not missing.any()
