from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import ks_2samp

from thetamix.simulation.column import concatenate
from thetamix.simulation.geology import GEOLOGIES, GEOLOGY_NAMES
from thetamix.simulation.profiles import draw_cluster, draw_profiles
from thetamix.simulation.seeds import Stream


def test_geologies_take_turns_and_names_are_unique():
    clusters = [draw_cluster(1, number) for number in range(43)]
    assert [cluster.geology for cluster in clusters[:6]] == list(GEOLOGY_NAMES) * 2
    assert len({cluster.name for cluster in clusters}) == 43
    for cluster in clusters:
        low, high = GEOLOGIES[cluster.geology].elevation
        assert low <= cluster.elevation <= high
        assert cluster.land_use in dict(GEOLOGIES[cluster.geology].covers)


@pytest.mark.parametrize("number", range(3))
def test_installed_and_true_profiles_follow_one_law(number):
    cluster = draw_cluster(2, number)
    installed, truth = (draw_profiles(2, cluster, which, number, 400) for which in (Stream.INSTALLED, Stream.TRUTH))
    for name in ("suction", "exponent", "bottom", "bypass", "catch"):
        assert ks_2samp(getattr(installed, name), getattr(truth, name)).pvalue > 0.001, name
    for name in ("porosity", "conductivity", "roots", "bypass_to"):
        assert ks_2samp(getattr(installed, name)[3], getattr(truth, name)[3]).pvalue > 0.001, name
    assert not np.array_equal(installed.suction, truth.suction)


def test_regional_profiles_follow_the_law_of_many_clusters():
    one = draw_cluster(2, 1)
    regional = draw_profiles(2, one, Stream.REGIONAL, 1, 400)
    singles = [
        draw_profiles(2, replace(draw_cluster(2, number), land_use=one.land_use), Stream.INSTALLED, number, 1)
        for number in range(1, 1201, 3)
    ]
    many = concatenate(singles)
    for name in ("suction", "exponent", "bottom", "bypass", "catch"):
        assert ks_2samp(getattr(regional, name), getattr(many, name)).pvalue > 0.001, name
    for name in ("porosity", "conductivity", "roots"):
        assert ks_2samp(getattr(regional, name)[3], getattr(many, name)[3]).pvalue > 0.001, name
    local = draw_profiles(2, one, Stream.TRUTH, 1, 400)
    assert np.log(regional.suction).std() > 1.2 * np.log(local.suction).std()


def test_roots_make_macropores_and_tillage_cuts_them():
    cluster = draw_cluster(2, 0)
    shares = [
        (draw_profiles(2, replace(cluster, land_use=cover), Stream.TRUTH, 0, 800).bypass > 0).mean()
        for cover in ("forest", "pasture", "cropland")
    ]
    often = GEOLOGIES[cluster.geology].macropores
    np.testing.assert_allclose(shares, often * np.array([1.3, 1.0, 0.6]), atol=0.05)


def test_parameters_are_possible():
    for number in range(12):
        profiles = draw_profiles(3, draw_cluster(3, number), Stream.INSTALLED, number, 200)
        np.testing.assert_allclose(profiles.roots.sum(axis=0), 1)
        np.testing.assert_allclose(profiles.bypass_to.sum(axis=0), 1)
        assert (profiles.porosity > 0).all()
        assert (profiles.porosity < 0.65).all()
        assert (profiles.conductivity > 0).all()
        assert (profiles.bypass >= 0).all()
        assert (profiles.bypass < 1).all()
        assert (profiles.suction < 3.37).all()  # air enters before field capacity


def test_more_profiles_do_not_change_the_first():
    cluster = draw_cluster(4, 1)
    few, many = (draw_profiles(4, cluster, Stream.TRUTH, 1, count) for count in (3, 30))
    np.testing.assert_array_equal(few.porosity, many.porosity[:, :3])


def test_without_scatter_profiles_are_alike_and_without_bypass_they_are_tight():
    cluster = draw_cluster(5, 1)
    alike = draw_profiles(5, cluster, Stream.INSTALLED, 1, 4, ("scatter",))
    for name in type(alike).__dataclass_fields__:
        values = getattr(alike, name)
        np.testing.assert_array_equal(values, np.broadcast_to(values[..., :1], values.shape))
    assert (alike.bypass > 0).all()
    assert (draw_profiles(5, cluster, Stream.INSTALLED, 1, 50, ("bypass",)).bypass == 0).all()


def test_cluster_means_differ():
    means = [
        draw_profiles(6, draw_cluster(6, number), Stream.INSTALLED, number, 300).porosity.mean()
        for number in range(0, 60, 3)
    ]
    assert 0.02 < np.std(means) < 0.06
