"""The labelled mixture: the arrays' numbers, with dimensions, coordinates and units; lazily."""

import dask.array
import numpy as np
import pytest
import xarray as xr

import thetamix.mixture.accessor  # noqa: F401
from thetamix.mixture import GaussianMixture

METHODS = {
    "expectation": ((), "m3 m-3"),
    "variance": ((), "(m3 m-3)2"),
    "skewness": ((), "1"),
    "pdf": ((0.2,), "(m3 m-3)-1"),
    "logpdf": ((0.2,), "1"),
    "cdf": ((0.2,), "1"),
    "sf": ((0.2,), "1"),
    "probability_below": ((0.2,), "1"),
    "probability_above": ((0.2,), "1"),
    "probability_between": ((0.1, 0.2), "1"),
    "crps": ((0.2,), "m3 m-3"),
    "mode_count": ((), "1"),
    "quantile": (([0.2, 0.8],), "m3 m-3"),
}


def dataset(components=("A", "A", "B", "C"), seed=0, **members):
    """Mixtures over (cluster, depth, time), with a replicate for each component."""
    rng = np.random.default_rng(seed)
    dims = (*members, "cluster", "depth", "time", "component")
    shape = (*members.values(), 2, 3, 8, len(components))
    weight = rng.dirichlet(np.ones(len(components)), shape[:-1]).astype("f4")
    mean = rng.uniform(0.05, 0.5, shape).astype("f4")
    mean[..., 1, 2, 3, 0] = np.nan
    sd = rng.uniform(0.01, 0.1, shape).astype("f4")
    name = "volume_fraction_of_condensed_water_in_soil"
    return xr.Dataset(
        {
            "component_weight": (dims, weight, {"units": "1"}),
            "component_mean": (dims, mean, {"units": "m3 m-3", "standard_name": name}),
            "component_sd": (dims, sd, {"units": "m3 m-3"}),
        },
        coords={
            "time": np.arange(8),
            "depth": ("depth", [0.1, 0.3, 0.5], {"units": "m"}),
            "cluster_id": ("cluster", ["x", "y"]),
            "replicate": ("component", list(components)),
        },
    )


def arrays(ds):
    return GaussianMixture(ds.component_weight, ds.component_mean, ds.component_sd)


def observations(seed=5):
    rng = np.random.default_rng(seed)
    dims = ("cluster", "depth", "replicate", "time")
    values = rng.uniform(0, 0.5, (2, 3, 3, 8))
    return xr.DataArray(
        values,
        dims=dims,
        coords={"replicate": ["A", "B", "C"], "time": np.arange(8), "depth": [0.1, 0.3, 0.5]},
    )


class TestLabels:
    @pytest.mark.parametrize("method", METHODS)
    def test_numbers_are_those_of_the_arrays(self, method):
        arguments, units = METHODS[method]
        ds = dataset()
        got = getattr(ds.mixture, method)(*arguments)
        expected = getattr(arrays(ds), method)(*arguments)
        np.testing.assert_array_equal(got.values, expected)
        assert got.name == method
        assert got.dims[:3] == ("cluster", "depth", "time")
        assert got.attrs["units"] == units
        assert got.attrs["long_name"]
        assert "replicate" not in got.coords
        xr.testing.assert_identical(got.depth, ds.depth.drop_vars("replicate", errors="ignore"))
        assert got.cluster_id.values.tolist() == ["x", "y"]

    def test_quantile_levels_are_a_coordinate(self):
        quantiles = dataset().mixture.quantile([0.2, 0.8])
        assert quantiles.dims == ("cluster", "depth", "time", "quantile")
        assert quantiles["quantile"].values.tolist() == [0.2, 0.8]
        assert quantiles.attrs["standard_name"] == "volume_fraction_of_condensed_water_in_soil"
        one = dataset().mixture.quantile(0.2)
        assert one.dims == ("cluster", "depth", "time")
        assert one["quantile"] == 0.2
        low, high = dataset().mixture.interval(0.6)
        np.testing.assert_allclose(low, quantiles[..., 0])
        np.testing.assert_allclose(high, quantiles[..., 1])

    def test_units_are_those_of_the_mean(self):
        ds = dataset()
        ds.component_mean.attrs["units"] = "mm"
        assert ds.mixture.variance().units == "mm2"
        assert ds.mixture.pdf(0.2).units == "mm-1"
        del ds.component_mean.attrs["units"]
        assert "units" not in ds.mixture.expectation().attrs
        assert ds.mixture.cdf(0.2).units == "1"

    def test_component_may_be_any_dimension(self):
        ds = dataset()
        turned = ds.transpose("component", "time", ...)
        got = turned.mixture.expectation()
        assert got.dims == ("time", "cluster", "depth")
        xr.testing.assert_allclose(got, ds.mixture.expectation().transpose(*got.dims))

    def test_weights_may_have_fewer_dimensions(self):
        ds = dataset()
        ds["component_weight"] = ds.component_weight[0, 0, 0]
        full = ds.assign(component_weight=ds.component_weight.broadcast_like(ds.component_mean))
        xr.testing.assert_allclose(ds.mixture.cdf(0.2), full.mixture.cdf(0.2))
        assert ds.mixture.gaussian_mixture().shape == (2, 3, 8)

    def test_points_on_an_axis_of_their_own(self):
        x = xr.DataArray(np.linspace(0, 1, 5), dims="x", name="x")
        got = dataset().mixture.pdf(x)
        assert got.dims == ("cluster", "depth", "time", "x")
        np.testing.assert_array_equal(got, arrays(dataset())[..., None].pdf(x.values))

    def test_modes(self):
        ds = dataset()
        got, expected = ds.mixture.modes(dip=0.9, most=4), arrays(ds).modes(dip=0.9)
        np.testing.assert_array_equal(got.mode_count, expected.count)
        most = expected.place.shape[-1]
        np.testing.assert_array_equal(got.mode_place[..., :most], expected.place)
        assert np.isnan(got.mode_place[..., most:]).all()
        assert got.mode_place.units == "m3 m-3"
        assert got.mode_height.units == "(m3 m-3)-1"

    def test_fewer_modes_than_there_are_keeps_the_highest(self):
        ds = dataset().assign(component_sd=0.05 * dataset().component_sd)
        got, every = ds.mixture.modes(most=2), arrays(ds).modes()
        np.testing.assert_array_equal(got.mode_count, every.count)
        kept = np.sort(np.nan_to_num(every.height, nan=-1.0), axis=-1)[..., -2:]
        heights = np.sort(got.mode_height.fillna(-1.0), axis=-1)
        np.testing.assert_array_equal(heights, kept)
        assert (np.diff(got.mode_place) > 0)[got.mode_count >= 2].all()


class TestReplicates:
    def test_readings_are_scored_under_the_pool(self):
        ds, obs = dataset(), observations()
        score = ds.mixture.crps(obs)
        assert score.dims == obs.dims
        assert score.replicate.values.tolist() == ["A", "B", "C"]
        expected = arrays(ds).crps(np.moveaxis(obs.values, 2, 0))
        np.testing.assert_allclose(score.values, np.moveaxis(expected, 0, 2), rtol=1e-12)

    def test_each_reading_under_its_own_replicate(self):
        ds, obs = dataset(), observations()
        own = ds.mixture.per_replicate()
        assert own.component_mean.dims == ("cluster", "depth", "time", "replicate", "component")
        score = own.mixture.crps(obs)
        assert score.dims == obs.dims
        b = GaussianMixture(np.ones((2, 3, 8, 1)), ds.component_mean[..., 2:3], ds.component_sd[..., 2:3])
        present = ~np.isnan(arrays(ds).expectation())
        got = score.sel(replicate="B").values
        np.testing.assert_allclose(got[present], b.crps(obs.values[:, :, 1])[present], rtol=1e-12)

    def test_weights_of_a_replicate_sum_to_one(self):
        own = dataset().mixture.per_replicate()
        np.testing.assert_allclose(own.component_weight.sum("component"), 1.0, rtol=1e-6)
        assert (own.component_weight.sel(replicate="C") == [1.0, 0.0]).all()
        assert own.component_mean.attrs == dataset().component_mean.attrs

    def test_replicate_without_weight_is_missing(self):
        ds = dataset()
        weight = ds.component_weight.where(ds.replicate != "B", 0.0)
        ds["component_weight"] = weight / weight.sum("component")
        got = ds.mixture.per_replicate().mixture.expectation()
        assert np.isnan(got.sel(replicate="B")).all()
        assert np.isfinite(got.sel(replicate="C")).all()

    def test_pool_of_replicates_is_the_whole(self):
        ds = dataset()
        own, share = ds.mixture.per_replicate(), ds.component_weight.groupby("replicate").sum()
        together = (own.mixture.cdf(0.2) * share).sum("replicate", skipna=False)
        whole = ds.mixture.cdf(0.2).transpose(*together.dims)
        present = np.isfinite(whole)
        np.testing.assert_allclose(together.where(present), whole, rtol=1e-6)

    def test_needs_replicates(self):
        with pytest.raises(ValueError, match="no coordinate replicate"):
            dataset().drop_vars("replicate").mixture.per_replicate()


class TestPools:
    def test_members_and_draws_are_pooled(self):
        ds = dataset(member=3, draw=2)
        got = ds.mixture.cdf(0.2)
        assert got.dims == ("cluster", "depth", "time")
        parts = [ds.isel(member=i, draw=j) for i in range(3) for j in range(2)]
        pool = GaussianMixture.pool([arrays(p) for p in parts])
        np.testing.assert_allclose(got, pool.cdf(0.2), rtol=1e-6)
        assert ds.mixture.gaussian_mixture().n_components == 24
        np.testing.assert_array_equal(ds.mixture.quantile(0.5), ds.mixture.gaussian_mixture().quantile(0.5))

    def test_replicates_of_members(self):
        ds = dataset(member=3)
        got = ds.mixture.per_replicate().mixture.expectation()
        assert set(got.dims) == {"cluster", "depth", "time", "replicate"}
        parts = [ds.isel(member=i).mixture.per_replicate().mixture.expectation() for i in range(3)]
        np.testing.assert_allclose(got, sum(parts) / 3, rtol=1e-6)


class TestLazy:
    @pytest.mark.parametrize("method", METHODS)
    def test_dask_stays_lazy_and_gives_the_same(self, method):
        arguments, _ = METHODS[method]
        ds = dataset(member=2)
        lazy = getattr(ds.chunk(time=3, member=1, component=2).mixture, method)(*arguments)
        assert isinstance(lazy.data, dask.array.Array)
        assert lazy.chunksizes["time"] == (3, 3, 2)
        expected = getattr(ds.mixture, method)(*arguments)
        xr.testing.assert_allclose(lazy.compute(), expected, rtol=1e-12)
        assert lazy.attrs == expected.attrs

    def test_modes_readings_and_replicates(self):
        ds, obs = dataset(), observations()
        lazy = ds.chunk(time=3)
        for a, b in (
            (lazy.mixture.modes(), ds.mixture.modes()),
            (lazy.mixture.crps(obs.chunk(time=3)), ds.mixture.crps(obs)),
            (lazy.mixture.per_replicate(), ds.mixture.per_replicate()),
            (
                lazy.mixture.per_replicate().mixture.crps(obs),
                ds.mixture.per_replicate().mixture.crps(obs),
            ),
        ):
            assert a.chunks
            xr.testing.assert_allclose(a.compute(), b)

    def test_nothing_is_computed(self):
        def explode(_block):
            raise AssertionError("computed")

        ds = dataset().chunk(time=3)
        ds["component_mean"] = ds.component_mean.copy(
            data=ds.component_mean.data.map_blocks(explode, dtype="f4", meta=np.array((), "f4"))
        )
        ds.mixture.quantile([0.2, 0.8])
        ds.mixture.modes()
        ds.mixture.per_replicate().mixture.crps(observations())


class TestRefused:
    def test_not_a_dataset_of_mixtures(self):
        with pytest.raises(ValueError, match="no variable component_sd"):
            _ = dataset().drop_vars("component_sd").mixture
        with pytest.raises(ValueError, match="no dimension component"):
            _ = dataset().rename(component="k").mixture

    def test_arrays_without_dimensions(self):
        with pytest.raises(ValueError, match="must be a DataArray"):
            dataset().mixture.crps(np.zeros(8))

    def test_readings_of_other_times(self):
        with pytest.raises(ValueError, match="exact"):
            dataset().mixture.crps(observations().isel(time=slice(1, None)))

    def test_bad_parameters_name_the_row(self):
        ds = dataset()
        ds.component_sd[1, 2, 5, 0] = -1.0
        with pytest.raises(ValueError, match="row 1, 2, 5: sd of component 0 is -1"):
            ds.mixture.expectation()


def test_a_point_forecast_has_quantiles_and_an_absolute_error_and_no_density():
    place = ("time", "component")
    dataset = xr.Dataset(
        {
            "component_weight": (place, [[1.0, 0.0], [0.5, 0.5]]),
            "component_mean": (place, [[0.3, 0.3], [0.2, 0.4]]),
            "component_sd": (place, [[0.0, 0.0], [0.0, 0.0]]),
        }
    )
    points = dataset.mixture
    np.testing.assert_allclose(points.quantile([0.2, 0.8]), [[0.3, 0.3], [0.2, 0.4]], atol=1e-8)
    np.testing.assert_allclose(points.probability_below(0.25), [0.0, 0.5], atol=1e-12)
    # The energy form of the score: E|X - y| - E|X - X'| / 2.
    np.testing.assert_allclose(points.crps(0.25), [0.05, 0.1 - 0.05], atol=1e-8)
    np.testing.assert_allclose(points.expectation(), [0.3, 0.3])
    for ask in (lambda: points.pdf(0.3), points.mode_count, points.modes):
        with pytest.raises(ValueError, match="sd of component 0 is 0"):
            ask()
