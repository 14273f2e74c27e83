"""Multimodality: how often, when and where the predicted distribution has more than one mode.

Bischof et al. (2025), Fig. 5. Two counts: ``strict`` takes every mode, however shallow; ``dip`` only modes with an
antimode between them of at most 0.9 of the lower one. Shares are of evaluated (series, step) pairs, and every series
counts the same. A mixture whose components are replicates (condLSTM) is counted as it is pooled: its modes may be
sensors. Months are of the middles of the intervals.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import xarray as xr

from thetamix.evaluation.estimates import ALL
from thetamix.evaluation.moisture_states import NO_STATE, state_name, state_number
from thetamix.evaluation.monthly_weather import discharge_by_group, rainy_days, share_of_rainy_days
from thetamix.evaluation.paired_series import EvaluatedSeries, Forecast
from thetamix.evaluation.recurring import Recurring
from thetamix.mixture import GaussianMixture
from thetamix.network.schema import midpoints, time_step

DIP = 0.9
COLUMNS = ["forecaster", "seed", "by", "level", "strict", "dip", "n", "discharge", "rainy_share"]
#: What shares are told apart by.
KINDS = ("all", "month", "year_month", "geology", "depth", "state", "rain")


@dataclass
class Multimodality:
    """Gathers the shares of multimodal distributions of all series.

    Attributes
    ----------
    network
        Gives times, precipitation and discharge.
    geology
        Of the clusters (cluster).
    seed
        Of the split.
    """

    network: xr.Dataset
    geology: Sequence[str]
    seed: int
    _shares: dict[tuple[str, str, str], list[tuple[float, float, int]]] = field(default_factory=dict)
    _forecasters: dict[str, None] = field(default_factory=dict)
    _counts: Recurring = field(default_factory=lambda: Recurring(several_modes))

    def __post_init__(self) -> None:
        middle = midpoints(self.network["time"], time_step(self.network["time"]))
        months = middle.astype("datetime64[M]").astype(np.int64)
        self._months = months - months[0]
        self._first_month = np.datetime64(int(months[0]), "M")
        self._calendar = months % 12  # months count from January 1970
        self._rainy = rainy_days(self.network)

    def add(self, one: EvaluatedSeries) -> None:
        """Take the mixtures of one series.

        Parameters
        ----------
        one
            Of the series.
        """
        levels = list(self._levels(one))
        for name, said in one.forecasts.items():
            strict, dip = multimodal(said, self._counts)
            known = np.isfinite(strict)
            self._forecasters[name] = None
            if not known.any():
                continue
            for kind, level, mine in levels:
                chosen = mine & known
                count = int(chosen.sum())
                if count:
                    shares = (float(strict[chosen].mean()), float(dip[chosen].mean()), count)
                    self._shares.setdefault((name, kind, level), []).append(shares)

    def _levels(self, one: EvaluatedSeries) -> Iterator[tuple[str, str, np.ndarray]]:
        """Give the levels that a series has, and which of its steps are of them."""
        everyone = np.ones(one.steps.size, dtype=bool)
        yield "all", ALL, everyone
        yield "geology", self.geology[one.series.cluster], everyone
        yield "depth", f"{one.series.depth_m:g}", everyone
        calendar, months = self._calendar[one.steps], self._months[one.steps]
        for number in np.unique(calendar).tolist():
            yield "month", str(number + 1), calendar == number
        for number in np.unique(months).tolist():
            yield "year_month", str(self._first_month + number), months == number
        states = state_number(one.observed)
        for number in np.unique(states[states != NO_STATE]).tolist():
            yield "state", state_name(number), states == number
        rainy = self._rainy[one.series.cluster, one.steps]
        yield "rain", "rainy", rainy == 1
        yield "rain", "dry", rainy == 0

    def table(self) -> pd.DataFrame:
        """Average the series.

        Returns
        -------
        pandas.DataFrame
            Columns :data:`COLUMNS`. Discharge and rainy days are of the whole record. A forecaster without a
            distribution has one row, with NaN.
        """
        weather = self._weather()
        rows: list[tuple[object, ...]] = []
        order = sorted(self._shares, key=lambda key: (KINDS.index(key[1]), _sortable(key[2])))
        for forecaster in self._forecasters:
            mine = [key for key in order if key[0] == forecaster]
            for key in mine:
                strict, dip, count = np.transpose(self._shares[key])
                beside = weather.get(key[1:], (np.nan, np.nan))
                rows.append(
                    (
                        forecaster,
                        str(self.seed),
                        *key[1:],
                        strict.mean(),
                        dip.mean(),
                        int(count.sum()),
                        *beside,
                    )
                )
            if not mine:
                nothing = (np.nan, np.nan, 0, np.nan, np.nan)
                rows.append((forecaster, str(self.seed), "all", ALL, *nothing))
        return pd.DataFrame(rows, columns=COLUMNS)

    def _weather(self) -> dict[tuple[str, str], tuple[float, float]]:
        """Give discharge and the share of rainy days of each month."""
        names = {
            "month": (self._calendar, [str(number + 1) for number in range(12)]),
            "year_month": (self._months, [str(self._first_month + n) for n in range(self._months.max() + 1)]),
        }
        weather = {}
        for kind, (groups, levels) in names.items():
            discharge, rainy = (
                discharge_by_group(self.network, groups),
                share_of_rainy_days(self._rainy, groups),
            )
            for level, *beside in zip(levels, discharge.tolist(), rainy.tolist(), strict=False):
                weather[kind, level] = (beside[0], beside[1])
        return weather


def multimodal(said: Forecast, counts: Callable[[Forecast], np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Say which mixtures have more than one mode.

    Parameters
    ----------
    said
        The mixtures.
    counts
        :func:`several_modes`, remembering mixtures that come back.

    Returns
    -------
    strict, dip : numpy.ndarray
        1 or 0 (step), with every mode, and with those that a dip of a tenth parts; NaN for point forecasts and where
        there is no prediction.
    """
    if said.is_point or len(said.mean) == 0:
        return np.full(len(said.mean), np.nan), np.full(len(said.mean), np.nan)
    strict, dip = counts(said).T
    return strict, dip


def several_modes(mixture: GaussianMixture) -> np.ndarray:
    """Say which mixtures have more than one mode: with every mode, and with dips (row, 2); NaN for missing ones."""
    counts = np.stack(mixture.mode_counts(DIP), axis=1)
    return np.where(np.isnan(counts), np.nan, (counts > 1).astype(np.float64))


def _sortable(level: str) -> tuple[float, str]:
    return (float(level), "") if level.replace(".", "", 1).isdigit() else (np.inf, level)
