"""What a run offers its figures, and what of it a figure shows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from thetamix.evaluation.estimates import ALL
from thetamix.mixture import GaussianMixture
from thetamix.network.by_series import Part
from thetamix.network.observations import cluster_observations, usable
from thetamix.prediction.prediction_file import PARAMETERS
from thetamix.report.figures.choice import Choice, FigureSeries, NotApplicableError
from thetamix.report.figures.labels import depth_label, plain
from thetamix.report.figures.style import Look, geology_looks, looks
from thetamix.splits.parts import EVALUATION
from thetamix.system.errors import InputError, nearest

#: Kinds of forecasters, those that a figure would rather show first.
_FIRST = ("lstm", "ensemble", "file", "reference", "annual_cycle")


@dataclass(frozen=True)
class FigureContext:
    """What a run offers its figures; everything large is opened when a figure asks for it.

    Attributes
    ----------
    study
        Resolved, as plain values.
    network
        Open.
    part
        Gives the split of a seed.
    prediction
        Opens the mixtures of a forecaster and seed.
    table
        Gives a table of the run by its name, None where the run has none: ``scores``, ``belt_by_state`` …
    steps
        Gives the evaluated steps of a forecaster and seed: columns geology, cluster, depth, time, state, expectation,
        observed_belt, predicted_belt, matched_belt [m3 m-3].
    history, model
        Give the training history and the plain values of ``model.json`` of a forecaster and seed, None where it was
        not trained.
    """

    study: Mapping[str, Any]
    network: xr.Dataset
    part: Callable[[int], Part]
    prediction: Callable[[str, int], xr.Dataset]
    table: Callable[[str], pd.DataFrame | None]
    steps: Callable[[str, int], pd.DataFrame]
    history: Callable[[str, int], pd.DataFrame | None]
    model: Callable[[str, int], Mapping[str, Any] | None]

    @property
    def forecasters(self) -> list[str]:
        """Names, in the order of the study."""
        return list(self.study["forecasters"])

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
    def geology(self) -> list[str]:
        """The group of each cluster, as in the tables; "all" where clusters are not grouped."""
        grouped = "geology" in self.study["evaluation"]["group_by"] and "geology" in self.network
        if not grouped:
            return [ALL] * len(self.clusters)
        return [str(name) for name in self.network["geology"].to_numpy()]

    @property
    def geology_looks(self) -> dict[str, Look]:
        """The looks of the geologies."""
        return geology_looks(self.geology)

    def require(self, name: str) -> pd.DataFrame:
        """Give a table that a figure is made of.

        Parameters
        ----------
        name
            Of the table.

        Returns
        -------
        pandas.DataFrame
            With rows.

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
        """Give the chosen seed, or the first."""
        seeds: list[int] = self.study["seeds"]
        if choice.seed is not None and choice.seed not in seeds:
            raise InputError(f"the run has no seed {choice.seed}; it has {', '.join(map(str, seeds))}")
        return seeds[0] if choice.seed is None else choice.seed

    def seed_text(self, choice: Choice) -> str:
        """Give the chosen seed as tables write it; "all", the mean over seeds, by default."""
        return ALL if choice.seed is None else str(self.seed(choice))

    def kind(self, forecaster: str) -> str:
        """Give the kind of a forecaster, as in the study."""
        return str(self.study["forecasters"][forecaster]["kind"])

    def ranked(self, choice: Choice, kinds: Sequence[str] = _FIRST, *, density: bool = True) -> list[str]:
        """Give the forecasters that a figure shows: the chosen one, or trained models before the others.

        Parameters
        ----------
        choice
            May name one.
        kinds
            Only these.
        density
            Leave out point forecasts.

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
        if choice.forecaster is not None:
            if choice.forecaster not in self.forecasters:
                raise InputError(
                    f"the run has no forecaster {choice.forecaster!r}; {nearest(choice.forecaster, self.forecasters)}"
                )
            return [choice.forecaster]
        entries = self.study["forecasters"]
        ordered = [name for kind in kinds for name in entries if self.kind(name) == kind]
        shown = [name for name in ordered if not (density and entries[name].get("dress") == "none")]
        if not shown:
            raise NotApplicableError(f"the run has no forecaster of kind {' or '.join(kinds)} with a density")
        return shown

    def series(self, choice: Choice) -> FigureSeries:
        """Give the chosen series, or of those with most replicates the one with most complete evaluated steps.

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
        clusters = [self._cluster(choice.cluster)] if choice.cluster is not None else range(len(self.clusters))
        depths = [self._depth(choice.depth)] if choice.depth is not None else range(len(self.depths))
        best, most = None, (0, 0, 0)
        for cluster in clusters:
            known = self.accepted(cluster)
            for depth in depths:
                counted = usable(known[depth], np.ones(len(known[depth]), dtype=bool), "all").any(axis=0)
                evaluated = counted & (part[cluster, depth] == EVALUATION).any(axis=0)
                there = np.isfinite(known[depth])
                replicates = int(there.any(axis=1).sum()) * bool(evaluated.any())
                found = (replicates, int(evaluated.sum()), int(there.sum()))
                if found > most:
                    best, most = (cluster, depth), found
        if best is None:
            raise NotApplicableError("the series has no accepted reading")
        return self._one(*best, part)

    def accepted(self, cluster: int) -> np.ndarray:
        """Read the accepted readings of one cluster (depth, replicate, time) [m3 m-3]; NaN is missing or rejected."""
        one = self.network[[name for name in _READ if name in self.network]].isel(cluster=[cluster])
        accepted: np.ndarray = cluster_observations(one.isel(cluster=0), self.study["quality"]["reject"])
        return accepted

    def mixture(self, forecaster: str, seed: int, one: FigureSeries, steps: np.ndarray) -> GaussianMixture:
        """Read the mixtures of one series.

        Parameters
        ----------
        forecaster, seed
            Whose.
        one
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
        with self.prediction(forecaster, seed) as prediction:
            values = prediction[list(PARAMETERS)].isel(cluster=one.cluster, depth=one.depth)
            weight, mean, sd = (values[name].to_numpy()[steps] for name in PARAMETERS)
        if not np.isfinite(mean).all(axis=-1).any():
            raise NotApplicableError(f"{forecaster} has no prediction for {one.name}")
        if (sd == 0).any():
            raise NotApplicableError(f"{forecaster} is a point forecast: it has no density")
        return GaussianMixture(weight, mean, sd)

    def _one(self, cluster: int, depth: int, part: Part) -> FigureSeries:
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

    def _cluster(self, name: str) -> int:
        if name not in self.clusters:
            raise InputError(f"the network has no cluster {name!r}; {nearest(name, self.clusters)}")
        return self.clusters.index(name)

    def _depth(self, depth: float) -> int:
        written = f"{depth:g}"
        if written not in self.depths:
            raise InputError(f"the network has no depth {written} m; it has {', '.join(self.depths)} m")
        return self.depths.index(written)


_READ = ("soil_moisture", "soil_moisture_flag")
