"""Shares of multimodal distributions against counting modes on a dense grid."""

import numpy as np
import pandas as pd
import pytest

from thetamix.evaluation.multimodality import (
    COLUMNS,
    Multimodality,
    multimodal,
    multimodality_table,
    several_modes,
)
from thetamix.evaluation.paired_series import PairedSeries
from thetamix.evaluation.recurring import Recurring
from thetamix.evaluation.series_forecast import SeriesForecast
from thetamix.network.series import Series

GEOLOGY = ["marl", "schist"]


def on_a_grid(weight: np.ndarray, mean: np.ndarray, sd: np.ndarray) -> tuple[float, float]:
    """Whether a mixture has two modes, and two with a dip of a tenth between them: by looking at its density."""
    weight, mean, sd = (a.astype(np.float64) for a in (weight, mean, sd))
    x = np.linspace(mean.min(), mean.max(), 40_001)[:, None]
    density = (weight / sd * np.exp(-0.5 * ((x - mean) / sd) ** 2)).sum(axis=1)
    padded = np.concatenate([[-1.0], density, [-1.0]])
    peaks = np.flatnonzero((padded[1:-1] > padded[:-2]) & (padded[1:-1] >= padded[2:]))
    deep = any(
        density[a : b + 1].min() <= 0.9 * min(density[a], density[b])
        for i, a in enumerate(peaks)
        for b in peaks[i + 1 :]
    )
    return float(len(peaks) > 1), float(deep)


def random_mixtures(steps: int, components: int = 3, seed: int = 0) -> SeriesForecast:
    rng = np.random.default_rng(seed)
    weight = rng.dirichlet(np.ones(components), steps)
    mean, sd = rng.uniform(0.1, 0.5, (steps, components)), rng.uniform(0.02, 0.1, (steps, components))
    return SeriesForecast(*(a.astype(np.float32) for a in (weight, mean, sd)), None)


def modes(number: np.ndarray) -> SeriesForecast:
    """Mixtures with one mode or two."""
    steps = len(number)
    mean = np.stack([np.full(steps, 0.2), np.where(number == 2, 0.4, 0.2)], axis=1)
    return SeriesForecast(*(np.broadcast_to(np.float32(a), (steps, 2)) for a in (0.5, mean, 0.02)), None)


def made(steps: np.ndarray, observed, cluster: int = 0, depth: int = 0, **forecasts: SeriesForecast) -> PairedSeries:
    readings = np.broadcast_to(np.asarray(observed, dtype=float)[..., None], (steps.size, 3))
    return PairedSeries(
        series=Series(cluster, depth, f"c{cluster}", (0.1, 0.3)[depth], (True,) * 3),
        steps=steps,
        readings=readings,
        observed=readings[:, 0],
        forecasts=forecasts,
        unpredicted=dict.fromkeys(forecasts, 0),
    )


@pytest.fixture
def network(make_network):
    """120 days from 2013-01-01: January to April."""
    rng = np.random.default_rng(0)
    return make_network(
        steps=120,
        precipitation=rng.exponential(0.1, (2, 120)),
        discharge=np.stack([np.arange(120.0), np.full(120, 7.0)]),
        discharge_gauge=np.array(["brook", "river"], dtype=object),
    )


def table_of(gathered: Multimodality) -> pd.DataFrame:
    table = multimodality_table({"1": gathered.estimates()})
    return table[table["seed"] == "1"]


def shares(table: pd.DataFrame, by: str, forecaster: str = "m") -> dict[str, tuple[float, float, int]]:
    mine = table[(table["by"] == by) & (table["forecaster"] == forecaster)]
    return {row["level"]: (row["strict"], row["dip"], row["n"]) for row in mine.to_dict("records")}


def test_counts_are_those_of_the_density():
    said = random_mixtures(300)
    counts = multimodal(said, Recurring(several_modes))
    expected = [on_a_grid(*rows) for rows in zip(said.weight, said.mean, said.sd, strict=True)]
    np.testing.assert_array_equal(counts, expected)
    strict, dip = counts.T
    assert 0.1 < dip.mean() < strict.mean() < 0.9


def test_mixtures_that_come_back_are_counted_once_and_alike():
    said = random_mixtures(40, components=5)
    often = SeriesForecast(*(np.tile(a.repeat(6, axis=0), (2, 1)) for a in (said.weight, said.mean, said.sd)), None)
    counted = []

    def spy(mixture):
        counted.append(mixture.shape[0])
        return several_modes(mixture)

    counts = Recurring(spy)
    got = multimodal(often, counts)
    expected = np.tile(multimodal(said, Recurring(several_modes)).repeat(6, axis=0), (2, 1))
    np.testing.assert_array_equal(got, expected)
    np.testing.assert_array_equal(multimodal(often, counts), expected)
    assert counted == [40]


def test_points_and_missing_mixtures_have_no_modes():
    point = SeriesForecast(*(np.full((5, 1), a, dtype=np.float32) for a in (1, 0.3, 0)), None)
    missing = SeriesForecast(*np.full((3, 5, 2), np.nan, dtype=np.float32), None)
    for said in (point, missing):
        assert np.isnan(multimodal(said, Recurring(several_modes))).all()


def test_series_count_the_same_however_long(network):
    gathered = Multimodality(network, GEOLOGY)
    gathered.add(made(np.arange(100), np.full(100, 0.3), m=modes(np.full(100, 2))))
    gathered.add(made(np.arange(10), np.full(10, 0.3), cluster=1, m=modes(np.full(10, 1))))
    table = table_of(gathered)
    assert list(table.columns) == COLUMNS
    assert set(table["seed"]) == {"1"}
    assert shares(table, "all") == {"all": (0.5, 0.5, 110)}
    assert shares(table, "group") == {"marl": (1.0, 1.0, 100), "schist": (0.0, 0.0, 10)}
    assert shares(table, "depth") == {"0.1": (0.5, 0.5, 110)}


def test_months_are_those_of_the_middles(network):
    middle = pd.DatetimeIndex(network["time"].to_numpy()) - pd.Timedelta("12h")
    number = np.where(middle.month == 2, 2, 1)
    gathered = Multimodality(network, GEOLOGY)
    gathered.add(made(np.arange(120), np.full(120, 0.3), m=modes(number)))
    table = table_of(gathered)
    assert shares(table, "month") == {
        "1": (0.0, 0.0, 31),
        "2": (1.0, 1.0, 28),
        "3": (0.0, 0.0, 31),
        "4": (0.0, 0.0, 30),
    }
    assert list(shares(table, "year_month")) == ["2013-01", "2013-02", "2013-03", "2013-04"]
    february = table[(table["by"] == "year_month") & (table["level"] == "2013-02")].iloc[0]
    discharge = (np.arange(120.0)[middle.month == 2].mean() + 7) / 2
    assert february["discharge"] == pytest.approx(discharge)
    rain = network["precipitation"].to_numpy()[:, middle.month == 2] * 24
    assert february["rainy_share"] == pytest.approx((rain >= 1).mean())
    assert table[table["by"] == "depth"]["rainy_share"].isna().all()


def test_every_month_has_the_weather_of_its_own_days(make_network):
    """To the last month of the year and of the record: none takes another's, none is cut off."""
    rng = np.random.default_rng(1)
    network = make_network(
        steps=730, clusters=1, precipitation=rng.exponential(0.05, (1, 730)), discharge=rng.gamma(2.0, 1.0, (1, 730))
    )
    gathered = Multimodality(network, GEOLOGY)
    gathered.add(made(np.arange(730), np.full(730, 0.3), m=modes(np.full(730, 1))))
    table = table_of(gathered).set_index(["by", "level"])
    middle = pd.DatetimeIndex(network["time"].to_numpy()) - pd.Timedelta("12h")
    discharge = pd.Series(network["discharge"].to_numpy()[0].astype(float))
    rainy = pd.Series((network["precipitation"].to_numpy()[0] * 24 >= 1).astype(float))
    for by, levels in (("month", middle.month.astype(str)), ("year_month", middle.strftime("%Y-%m"))):
        expected = pd.DataFrame({"discharge": discharge, "rainy_share": rainy}).groupby(np.asarray(levels)).mean()
        got = table.loc[by, ["discharge", "rainy_share"]]
        assert set(got.index) == set(expected.index)
        np.testing.assert_allclose(got, expected.loc[got.index], rtol=1e-6)


def test_states_and_rain(network):
    rainy = network["precipitation"].to_numpy()[0] * 24 >= 1
    observed = np.where(np.arange(120) < 50, 0.27, 0.42)
    observed[[3, 60]] = np.nan
    gathered = Multimodality(network, GEOLOGY)
    gathered.add(made(np.arange(120), observed, m=modes(np.where(rainy, 2, 1))))
    table = table_of(gathered)
    assert shares(table, "rain") == {
        "dry": (0.0, 0.0, int((~rainy).sum())),
        "rainy": (1.0, 1.0, int(rainy.sum())),
    }
    states = shares(table, "state")
    assert list(states) == ["0.25-0.30", "0.40-0.45"]
    assert [n for _, _, n in states.values()] == [49, 69]
    assert states["0.25-0.30"][0] == pytest.approx(rainy[:50][np.arange(50) != 3].mean())


def test_what_has_no_distribution_is_named_with_nan(network):
    point = SeriesForecast(*(np.full((120, 1), a, dtype=np.float32) for a in (1, 0.3, 0)), None)
    gathered = Multimodality(network, GEOLOGY)
    gathered.add(made(np.arange(120), np.full(120, 0.3), m=modes(np.full(120, 1)), point=point))
    table = table_of(gathered)
    [row] = table[table["forecaster"] == "point"].to_dict("records")
    assert (row["by"], row["level"], row["n"]) == ("all", "all", 0)
    assert np.isnan(row["strict"])
    assert np.isnan(row["dip"])


def test_a_network_without_forcing(make_network):
    network = make_network(precipitation=None)
    gathered = Multimodality(network, GEOLOGY)
    gathered.add(made(np.arange(120), np.full(120, 0.3), m=modes(np.full(120, 2))))
    table = table_of(gathered)
    assert shares(table, "rain") == {}
    assert table["discharge"].isna().all()
    assert table["rainy_share"].isna().all()


def test_nothing_is_an_empty_table(network):
    assert list(table_of(Multimodality(network, GEOLOGY)).columns) == COLUMNS
