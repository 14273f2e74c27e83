"""What the figures of a run read from its folder."""

import json
from contextlib import ExitStack
from typing import Any

import pandas as pd
import xarray as xr

from thetamix.evaluation.step_table import step_table
from thetamix.network.by_series import Part
from thetamix.prediction.prediction_file import open_prediction
from thetamix.report.figures.figure_context import FigureContext
from thetamix.study.context import StudyContext
from thetamix.study.table_files import read_table


class RunFigureContext(FigureContext):
    """A scored run as its figures see it; each file is opened once.

    Parameters
    ----------
    context
        Of the run.
    files
        Closes what is opened.
    """

    def __init__(self, context: StudyContext, files: ExitStack) -> None:
        super().__init__(context.study, context.network)
        self.context = context
        self._files = files
        self._parts: dict[int, Part] = {}
        self._predictions: dict[tuple[str, int], xr.Dataset] = {}
        self._steps: dict[tuple[str, int], pd.DataFrame] = {}

    def part(self, seed: int) -> Part:
        """Return the split of a seed."""
        if seed not in self._parts:
            self._parts[seed] = self.context.part(seed)
        return self._parts[seed]

    def prediction(self, forecaster: str, seed: int) -> xr.Dataset:
        """Return the open prediction file of a forecaster and seed."""
        if (forecaster, seed) not in self._predictions:
            file = self._files.enter_context(open_prediction(self.context.prediction(forecaster, seed)))
            self._predictions[forecaster, seed] = file
        return self._predictions[forecaster, seed]

    def table(self, name: str) -> pd.DataFrame | None:
        """Return a table of the run; None where the run has none."""
        path = self.context.folder / ("scores.csv" if name == "scores" else f"tables/{name}.csv")
        return read_table(path, self.study.evaluation.group_name) if path.exists() else None

    def steps(self, forecaster: str, seed: int) -> pd.DataFrame:
        """Return the evaluated steps of a forecaster and seed."""
        if (forecaster, seed) not in self._steps:
            self._steps[forecaster, seed] = step_table(
                self.network,
                self.context.observed,
                self.part(seed),
                self.study.quality.replicates,
                {forecaster: self.prediction(forecaster, seed)},
                self.context.groups,
                forecaster,
                seed,
            )
        return self._steps[forecaster, seed]

    def history(self, forecaster: str, seed: int) -> pd.DataFrame | None:
        """Return the history of a fit by epoch; None where it was not trained."""
        path = self.context.fit(forecaster, seed) / "history.csv"
        return pd.read_csv(path) if path.exists() else None

    def card(self, forecaster: str, seed: int) -> dict[str, Any] | None:
        """Return the plain values of ``model.json`` of a fit; None where it was not trained."""
        path = self.context.fit(forecaster, seed) / "model.json"
        card: dict[str, Any] | None = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
        return card
