"""Multimodality: how often, when and where the predicted distribution has more than one mode.

Bischof et al. (2025), Fig. 5. Two counts: ``strict`` takes every mode, however shallow; ``dip`` only modes with an
antimode between them of at most 0.9 of the lower one. Shares are of evaluated (series, step) pairs, and every series
counts the same. A mixture whose components are replicates (condLSTM) is counted as it is pooled: its modes may be
sensors. Months are of the middles of the intervals.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from thetamix.evaluation.estimates import (
    ALL,
    Estimate,
    Estimates,
    Label,
    cell_of,
    mean_of,
    over_seeds,
    without_draws,
)
from thetamix.evaluation.moisture_states import NO_STATE, state_name, state_number
from thetamix.evaluation.monthly_weather import discharge_by_group, mean_by_group, rainy_days
from thetamix.evaluation.paired_series import PairedSeries
from thetamix.evaluation.recurring import Recurring
from thetamix.evaluation.series_forecast import SeriesForecast
from thetamix.mixture import GaussianMixture
from thetamix.network.schema import midpoints, time_step

DIP = 0.9
COLUMNS = ["forecaster", "seed", "by", "level", "strict", "dip", "n", "discharge", "rainy_share"]
#: What shares are told apart by.
KINDS = ("all", "month", "year_month", "group", "depth", "state", "rain")


class Multimodality:
    """Gathers the shares of multimodal distributions of all series.

    Parameters
    ----------
    network
        Gives times, precipitation and discharge.
    group
        Of the clusters (cluster).
    """

    def __init__(self, network: xr.Dataset, group: Sequence[str]) -> None:
        self._network, self._group = network, group
        self._of_series: dict[Label, list[Estimate]] = {}
        self._forecasters: dict[str, None] = {}
        self._counts = Recurring(several_modes)
        middle = midpoints(network["time"], time_step(network["time"]))
        months = middle.astype("datetime64[M]").astype(np.int64)
        self._months = months - months[0]
        self._first_month = np.datetime64(int(months[0]), "M")
        self._calendar = months % 12  # months count from January 1970
        self._rainy = rainy_days(network)

    def add(self, series: PairedSeries) -> None:
        """Gather the mixtures of one series."""
        levels = list(self._levels(series))
        for name, forecast in series.forecasts.items():
            shares = multimodal(forecast, self._counts)
            self._forecasters[name] = None
            for kind, level, mask in levels:
                chosen = shares[mask & np.isfinite(shares[:, 0])]
                if len(chosen):
                    estimate = without_draws(chosen.mean(axis=0), len(chosen))
                    self._of_series.setdefault((name, kind, level), []).append(estimate)

    def _levels(self, series: PairedSeries) -> Iterator[tuple[str, str, np.ndarray]]:
        """Yield the levels that a series has, and which of its steps are of them."""
        everything = np.ones(series.steps.size, dtype=bool)
        group, depth = cell_of(series.series, self._group)
        yield "all", ALL, everything
        yield "group", group, everything
        yield "depth", depth, everything
        states = state_number(series.observed)
        for kind, name, numbers in (
            ("month", self._month, self._calendar[series.steps]),
            ("year_month", self._year_month, self._months[series.steps]),
            ("state", state_name, np.where(states == NO_STATE, -1, states)),
        ):
            for number in np.unique(numbers[numbers >= 0]).tolist():
                yield kind, name(number), numbers == number
        rainy = self._rainy[series.series.cluster, series.steps]
        yield "rain", "rainy", rainy == 1
        yield "rain", "dry", rainy == 0

    def _month(self, number: int) -> str:
        return str(number + 1)

    def _year_month(self, number: int) -> str:
        return str(self._first_month + number)

    def estimates(self) -> dict[Label, Estimate]:
        """Average the series.

        Returns
        -------
        dict of Estimate
            By forecaster, kind and level: both shares, discharge and the share of rainy days, these of the whole
            record. A forecaster without a distribution has one row, with NaN.
        """
        weather = self._weather()
        estimates: dict[Label, Estimate] = {}
        order = sorted(self._of_series, key=lambda label: (KINDS.index(label[1]), _sortable(label[2])))
        for forecaster in self._forecasters:
            labels = [label for label in order if label[0] == forecaster]
            for label in labels:
                shares = mean_of(self._of_series[label])
                beside = weather.get(label[1:], (np.nan, np.nan))
                estimates[label] = without_draws([*shares.value, *beside], shares.n)
            if not labels:
                estimates[forecaster, "all", ALL] = without_draws(np.full(4, np.nan))
        return estimates

    def _weather(self) -> dict[Label, tuple[float, float]]:
        """Compute discharge and the share of rainy days of each month."""
        weather: dict[Label, tuple[float, float]] = {}
        for kind, name, groups in (
            ("month", self._month, self._calendar),
            ("year_month", self._year_month, self._months),
        ):
            discharge, rainy = discharge_by_group(self._network, groups), mean_by_group(self._rainy, groups)
            for number, both in enumerate(zip(discharge.tolist(), rainy.tolist(), strict=True)):
                weather[kind, name(number)] = both
        return weather


def multimodality_table(by_seed: Mapping[str, Estimates]) -> pd.DataFrame:
    """Build the table of all seeds and their mean, with columns :data:`COLUMNS`."""
    rows = []
    for seed, estimates in over_seeds(by_seed).items():
        for (forecaster, kind, level), e in estimates.items():
            strict, dip, *weather = e.value
            rows.append((forecaster, seed, kind, level, strict, dip, e.n, *weather))
    return pd.DataFrame(rows, columns=COLUMNS)


def multimodal(forecast: SeriesForecast, counts: Callable[[SeriesForecast], np.ndarray]) -> np.ndarray:
    """Compute which mixtures have more than one mode.

    Parameters
    ----------
    forecast
        The mixtures.
    counts
        :func:`several_modes`, remembering mixtures that come back.

    Returns
    -------
    numpy.ndarray
        1 or 0 (step, 2), with every mode, and with those that a dip of a tenth parts; NaN for point forecasts and
        where there is no prediction.
    """
    if forecast.is_point or len(forecast.mean) == 0:
        return np.full((len(forecast.mean), 2), np.nan)
    return counts(forecast)


def several_modes(mixture: GaussianMixture) -> np.ndarray:
    """Compute which mixtures have several modes: with every mode, and with dips (row, 2); NaN for missing ones."""
    counts = np.stack(mixture.mode_counts(DIP), axis=1)
    return np.where(np.isnan(counts), np.nan, (counts > 1).astype(np.float64))


def _sortable(level: str) -> tuple[float, str]:
    return (float(level), "") if level.replace(".", "", 1).isdigit() else (np.inf, level)
