"""What a run offers its figures, and what of it a figure shows."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from thetamix.evaluation.estimates import ALL
from thetamix.evaluation.study_facts import StudyFacts, cluster_groups
from thetamix.forecasters.base import Forecaster, TrainedForecaster
from thetamix.mixture import GaussianMixture
from thetamix.network.by_series import Part
from thetamix.network.observations import cluster_observations, usable
from thetamix.prediction.layout import PARAMETERS
from thetamix.report.figures.choice import Choice, FigureSeries, NotApplicableError
from thetamix.report.figures.labels import depth_label, plain
from thetamix.report.figures.style import Look, group_looks, looks
from thetamix.splits.parts import EVALUATION
from thetamix.system.errors import InputError, nearest

_READ = ("soil_moisture", "soil_moisture_flag")

TRAINED, UNRANKED = 0, 6


def _rank(entry: Forecaster) -> int:
    """Return where a forecaster stands in figures that show a few: trained models come first.

    Then come pools of forecasters, mixtures made elsewhere, references, nulls and the other models. What else is
    there, such as the sibling sensors, is shown where a figure has all forecasters, or where it is chosen.
    """
    if isinstance(entry, TrainedForecaster):
        return TRAINED
    made_of = entry.depends_on()
    tests = (
        bool(made_of.forecasters),
        bool(made_of.files),
        *(entry.role == r for r in ("reference", "null", "model")),
    )
    return 1 + tests.index(True) if any(tests) else UNRANKED


class FigureContext(ABC):
    """What a run offers its figures; everything large is opened when a figure asks for it.

    Parameters
    ----------
    study
        Resolved.
    network
        Open.
    """

    def __init__(self, study: StudyFacts, network: xr.Dataset) -> None:
        self.study = study
        self.network = network

    @abstractmethod
    def part(self, seed: int) -> Part:
        """Return the split of a seed."""

    @abstractmethod
    def prediction(self, forecaster: str, seed: int) -> xr.Dataset:
        """Return the open prediction file of a forecaster and seed; it is not the figure's to close."""

    @abstractmethod
    def table(self, name: str) -> pd.DataFrame | None:
        """Return a table of the run, ``scores``, ``belt_by_state`` …; None where the run has none."""

    @abstractmethod
    def steps(self, forecaster: str, seed: int) -> pd.DataFrame:
        """Return the evaluated steps of a forecaster and seed.

        Returns
        -------
        pandas.DataFrame
            Columns group, cluster, depth, time, state, expectation, observed_belt, predicted_belt, matched_belt
            [m3 m-3].
        """

    @abstractmethod
    def history(self, forecaster: str, seed: int) -> pd.DataFrame | None:
        """Return the history of a fit by epoch; None where it was not trained."""

    @abstractmethod
    def card(self, forecaster: str, seed: int) -> Mapping[str, Any] | None:
        """Return the plain values of ``model.json`` of a fit; None where it was not trained."""

    @property
    def forecasters(self) -> list[str]:
        """Names, in the order of the study."""
        return list(self.study.forecasters)

    @property
    def looks(self) -> dict[str, Look]:
        """The looks of the forecasters, the same in every figure."""
        return looks(self.forecasters)

    @property
    def clusters(self) -> list[str]:
        """Names, in the order of the network."""
        return [str(name) for name in self.network["cluster_id"].to_numpy()]

    @property
    def depths(self) -> list[str]:
        """Nominal depths in metres, as tables write them."""
        return [f"{depth:g}" for depth in self.network["depth"].to_numpy()]

    @property
    def groups(self) -> list[str]:
        """The group of each cluster, as in the tables; "all" where clusters are not grouped."""
        return cluster_groups(self.study, self.network)

    @property
    def group_looks(self) -> dict[str, Look]:
        """The looks of the groups."""
        return group_looks(self.groups)

    def require(self, name: str) -> pd.DataFrame:
        """Return a table that a figure is made of, with rows.

        Raises
        ------
        NotApplicableError
            If the run has no such table, or an empty one.
        """
        table = self.table(name)
        if table is None or table.empty:
            raise NotApplicableError(f"the run has no table {name}, or nothing in it")
        return table

    def seed(self, choice: Choice) -> int:
        """Return the chosen seed, or the first."""
        seeds = self.study.seeds
        if choice.seed is not None and choice.seed not in seeds:
            raise InputError(f"the run has no seed {choice.seed}; it has {', '.join(map(str, seeds))}")
        return seeds[0] if choice.seed is None else choice.seed

    def seed_text(self, choice: Choice) -> str:
        """Return the chosen seed as tables write it; "all", the mean over seeds, by default."""
        return ALL if choice.seed is None else str(self.seed(choice))

    def ranked(self, choice: Choice, *, density: bool = True, trained: bool = False) -> list[str]:
        """Return the forecasters that a figure shows: the chosen one, or trained models before the others.

        Parameters
        ----------
        choice
            May name one.
        density
            Leave out point forecasts.
        trained
            Only trained models.

        Returns
        -------
        list of str
            At least one.

        Raises
        ------
        NotApplicableError
            If there is none.
        InputError
            If the chosen one is not in the study.
        """
        entries = self.study.forecasters
        if choice.forecaster is not None:
            if choice.forecaster not in entries:
                raise InputError(
                    f"the run has no forecaster {choice.forecaster!r}; {nearest(choice.forecaster, entries)}"
                )
            return [choice.forecaster]
        ranks = {name: _rank(entry) for name, entry in entries.items() if not (density and entry.point)}
        wanted = (TRAINED,) if trained else range(UNRANKED)
        shown = [name for rank in wanted for name in ranks if ranks[name] == rank]
        if not shown:
            raise NotApplicableError(f"the run has no {'trained model' if trained else 'forecaster with a density'}")
        return shown

    def in_table(self, table: pd.DataFrame, choice: Choice, most: int) -> list[str]:
        """Return the first forecasters with a density that a table has, or the chosen one."""
        there = set(table["forecaster"])
        return [name for name in self.ranked(choice) if name in there][:most]

    def components(self, forecaster: str, seed: int) -> int:
        """Return how many components the head of a model has; 0 where it was not trained."""
        card = self.card(forecaster, seed)
        return 0 if card is None else int(card["architecture"]["components"])

    def by_components(self, names: Sequence[str], seed: int) -> list[str]:
        """Sort forecasters: trained models come first, those with most components before the others."""
        return sorted(names, key=lambda name: -self.components(name, seed))

    def series(self, choice: Choice) -> FigureSeries:
        """Return the chosen series, or of those with most replicates the one with most complete evaluated steps.

        Parameters
        ----------
        choice
            May name the cluster, the depth, or both.

        Returns
        -------
        FigureSeries
            Its readings and its part of the split.

        Raises
        ------
        InputError
            If the network has no such cluster or depth.
        NotApplicableError
            If no series that could be meant has a reading.
        """
        part = self.part(self.seed(choice))
        clusters = [self.cluster_number(choice.cluster)] if choice.cluster is not None else range(len(self.clusters))
        depths = [self._depth(choice.depth)] if choice.depth is not None else range(len(self.depths))
        best, most = None, (0, 0, 0)
        for cluster in clusters:
            accepted = self.accepted(cluster)
            for depth in depths:
                counted = usable(accepted[depth], np.ones(len(accepted[depth]), dtype=bool), "all").any(axis=0)
                evaluated = counted & (part[cluster, depth] == EVALUATION).any(axis=0)
                there = np.isfinite(accepted[depth])
                replicates = int(there.any(axis=1).sum()) * bool(evaluated.any())
                rank = (replicates, int(evaluated.sum()), int(there.sum()))
                if rank > most:
                    best, most = (cluster, depth), rank
        if best is None:
            raise NotApplicableError("the series has no accepted reading")
        return self._series(*best, part)

    def accepted(self, cluster: int) -> np.ndarray:
        """Read the accepted readings of one cluster (depth, replicate, time) [m3 m-3]; NaN is missing or rejected."""
        network = self.network[[name for name in _READ if name in self.network]].isel(cluster=cluster)
        return cluster_observations(network, self.study.quality.reject)

    def mixture(self, forecaster: str, seed: int, series: FigureSeries, steps: np.ndarray) -> GaussianMixture:
        """Read the mixtures of one series.

        Parameters
        ----------
        forecaster, seed
            Whose.
        series
            The series.
        steps
            Positions in time.

        Returns
        -------
        GaussianMixture
            Shape (steps,).

        Raises
        ------
        NotApplicableError
            If it is a point forecast, or predicts nothing there.
        """
        values = self.prediction(forecaster, seed).isel(cluster=series.cluster, depth=series.depth)
        weight, mean, sd = (values[name].to_numpy()[steps] for name in PARAMETERS)
        if not np.isfinite(mean).all(axis=-1).any():
            raise NotApplicableError(f"{forecaster} has no prediction for {series.name}")
        if (sd == 0).any():
            raise NotApplicableError(f"{forecaster} is a point forecast: it has no density")
        return GaussianMixture(weight, mean, sd)

    def _series(self, cluster: int, depth: int, part: Part) -> FigureSeries:
        readings = self.accepted(cluster)[depth]
        ever = np.isfinite(readings).any(axis=1)
        labels = [plain(label, 12) for label in self.network["replicate_label"].to_numpy()]
        return FigureSeries(
            cluster,
            depth,
            f"{plain(self.clusters[cluster])} at {depth_label(self.depths[depth])}",
            self.network["time"].to_numpy(),
            readings[ever].astype(np.float64),
            [label for label, there in zip(labels, ever, strict=True) if there],
            part[cluster, depth].max(axis=0),
        )

    def cluster_number(self, name: str) -> int:
        """Return the position of a cluster; raise an InputError that names the nearest where there is none."""
        if name not in self.clusters:
            raise InputError(f"the network has no cluster {name!r}; {nearest(name, self.clusters)}")
        return self.clusters.index(name)

    def _depth(self, depth: float) -> int:
        written = f"{depth:g}"
        if written not in self.depths:
            raise InputError(f"the network has no depth {written} m; it has {', '.join(self.depths)} m")
        return self.depths.index(written)
