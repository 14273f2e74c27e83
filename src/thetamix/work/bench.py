"""The work behind each step of a study: reads the settings, hands plain arguments to the rooms, writes files."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from thetamix.console import Desk
from thetamix.durations import parse_duration
from thetamix.environment import hash_once
from thetamix.files import atomic_path, require_file, write_text
from thetamix.network.observations import observations
from thetamix.network.schema import midpoints, time_step
from thetamix.splits import parts
from thetamix.splits.draw import audit_split, draw_split, readings_of_part, usable_readings
from thetamix.splits.schemes import block_numbers
from thetamix.steps import KEYS
from thetamix.study import LSTM, AnnualCycle, Ensemble, FromFile, Reference, Study

TABLE_NAMES = ("table_2", "table_f1", "table_distribution")
TABLES = tuple(f"tables/{name}.{kind}" for name in TABLE_NAMES for kind in ("csv", "md"))


class Bench:
    """What the steps of one study share: the study, the open network, the folder, and who is told.

    Parameters
    ----------
    study
        Resolved.
    network
        Open.
    folder
        The run folder.
    desk
        Says what is going on.
    data_hash
        SHA-256 of the network file.
    """

    def __init__(self, study: Study, network: xr.Dataset, folder: Path, desk: Desk, data_hash: str) -> None:
        self.study = study
        self.network = network
        self.folder = folder
        self.desk = desk
        self.data_hash = data_hash

    @cached_property
    def observed(self) -> xr.DataArray:
        """The readings that the study accepts (cluster, depth, replicate, time) [m3 m-3]."""
        return observations(self.network, self.study.quality.reject).load()

    @cached_property
    def present(self) -> np.ndarray:
        """Where readings count, whatever their part (cluster, depth, replicate, time)."""
        return usable_readings(self.observed, self.study.quality.replicates)

    @property
    def blocks(self) -> np.ndarray:
        """The number of the calendar block of each step (time)."""
        time = self.network["time"]
        return block_numbers(midpoints(time, time_step(time)), parse_duration(self.study.split.block))

    @property
    def geology(self) -> list[str]:
        """The group of each cluster (cluster); one group where the study or the network has no geology."""
        from thetamix.evaluation.aggregate import ALL

        if "geology" not in self.study.evaluation.group_by or "geology" not in self.network:
            return [ALL] * self.network.sizes["cluster"]
        return [str(name) for name in self.network["geology"].to_numpy()]

    def file_hash(self, path: Path) -> str:
        """Hash a file that a forecaster reads."""
        return hash_once(require_file(path, "prediction"), self.folder / KEYS / f"{path.name}.hash")

    def part(self, seed: int) -> np.ndarray:
        """Read the split of a seed back (cluster, depth, replicate, time)."""
        return parts.from_table(parts.read_table(self.folder / "splits.csv"), self.network, seed)

    def counted(self, part: np.ndarray, value: np.int8) -> np.ndarray:
        """Say which readings count in one part (cluster, depth, replicate, time)."""
        return readings_of_part(self.observed, part, value, self.study.quality.replicates)

    def split(self, _key: str) -> None:
        """Draw the splits of all seeds and audit their leakage."""
        settings = self.study.split
        period = (
            (np.datetime64(settings.period.start, "ns"), np.datetime64(settings.period.end, "ns"))
            if settings.period
            else None
        )
        tables, audits = [], []
        for seed in self.study.seeds:
            part = draw_split(
                self.network,
                self.present,
                seed,
                scheme=settings.scheme,
                block=parse_duration(settings.block),
                evaluation_share=settings.evaluation_share,
                gap=parse_duration(settings.gap),
                period=period,
            )
            shares, sides = audit_split(
                self.network, self.counted(part, parts.TRAINING), self.counted(part, parts.EVALUATION)
            )
            audits.append(
                {"seed": seed, **shares, "one_sided": "; ".join(f"{s} (no {m})" for s, m in sides.to_numpy())}
            )
            for name, missing in sides.to_numpy():
                self.desk.say(f"  seed {seed}: {name} has no {missing}")
            tables.append(parts.to_table(part, self.network, seed))
        write_csv(pd.DataFrame(audits), self.folder / "tables" / "leakage.csv")
        write_csv(pd.concat(tables), self.folder / "splits.csv")

    def fit(self, name: str, seed: int, key: str) -> None:
        """Train one model with one seed."""
        from thetamix.model.files import Architecture
        from thetamix.training.hold_back import hold_back
        from thetamix.training.schedule import Schedule
        from thetamix.training.train import train_lstm

        entry = self.study.forecasters[name]
        assert isinstance(entry, LSTM)
        assert entry.inputs is not None
        assert entry.training is not None
        settings = entry.training
        trained = self.counted(self.part(seed), parts.TRAINING)
        tag = f"{name}-s{seed}"
        with self.desk.task(tag) as report:
            summary = train_lstm(
                self.network,
                self.observed.to_numpy(),
                trained,
                self.folder / "fits" / tag,
                key,
                seed,
                report,
                forcing=[(f.name, f.optional) for f in entry.inputs.forcing],
                attributes=entry.inputs.attributes,
                unseen=entry.inputs.unseen,
                condition_on_replicate=entry.condition_on_replicate,
                sequence=settings.sequence.count,
                warm_up=settings.warm_up.count if settings.warm_up is not None else None,
                architecture=Architecture(
                    hidden=settings.hidden,
                    layers=settings.layers,
                    dropout=settings.dropout,
                    components=entry.components,
                    forget_gate_bias=settings.forget_gate_bias,
                ),
                schedule=Schedule(
                    epochs=settings.epochs,
                    batch=settings.batch,
                    learning_rate=settings.learning_rate,
                    policy=settings.learning_rate_policy,
                    learning_rate_factor=settings.learning_rate_factor,
                    windows_per_epoch=settings.windows_per_epoch,
                    drop_optional=settings.drop_optional,
                    patience=settings.patience,
                    notebook=settings.notebook,
                ),
                held_back=hold_back(
                    trained,
                    self.blocks,
                    settings.validation_share,
                    seed,
                    by_series=self.study.split.scheme == "blocks",
                )
                if settings.validation_share > 0
                else None,
                device=settings.device,
            )
        self.desk.say(f"  {summary}")

    def forecast(self, name: str, seed: int, _key: str) -> None:
        """Write the prediction file of one forecaster and seed."""
        from thetamix.forecasters import FORECASTERS, Material

        entry = self.study.forecasters[name]
        tag = f"{name}-s{seed}"
        with self.desk.task(f"forecast {tag}") as report:
            material = Material(
                network=self.network,
                readings=self.observed.to_numpy(),
                trained=self.counted(self.part(seed), parts.TRAINING),
                output=self.folder / "predictions" / f"{tag}.nc",
                seed=seed,
                report=lambda share: report(share, ""),
            )
            FORECASTERS[entry.kind](material, **self._options(entry, tag, seed))

    def _options(self, entry: Any, tag: str, seed: int) -> dict[str, Any]:
        predictions = self.folder / "predictions"
        match entry:
            case LSTM():
                assert entry.inputs is not None
                return {"model": self.folder / "fits" / tag, "unseen": entry.inputs.unseen}
            case AnnualCycle():
                return {"by": entry.by}
            case Reference():
                return {"dress": entry.dress}
            case Ensemble():
                return {"members": [predictions / f"{member}-s{seed}.nc" for member in entry.of]}
            case FromFile():
                return {"file": entry.file}
        raise AssertionError(entry)

    def score(self, _key: str) -> None:
        """Score all prediction files."""
        from thetamix.evaluation.aggregate import score_table
        from thetamix.evaluation.evaluate import Resampling, SeriesScores, evaluate
        from thetamix.prediction.files import open_prediction

        study = self.study
        bootstrap = study.evaluation.bootstrap
        resampling = Resampling(
            unit="clusters" if study.split.scheme == "clusters" else "blocks",
            block=parse_duration(study.split.block),
            unit_draws=bootstrap.block_draws,
            step_draws=bootstrap.draws,
            step_share=bootstrap.share,
        )
        scored: dict[tuple[str, int], list[SeriesScores]] = {}
        with self.desk.task("score") as report:
            for number, seed in enumerate(study.seeds):
                with ExitStack() as files:
                    predictions = {
                        name: files.enter_context(
                            open_prediction(self.folder / "predictions" / f"{name}-s{seed}.nc")
                        )
                        for name in study.forecasters
                    }
                    by_forecaster = evaluate(
                        self.network,
                        self.observed.to_numpy(),
                        self.part(seed),
                        study.quality.replicates,
                        predictions,
                        resampling,
                        seed,
                        partial(_within, report, number, len(study.seeds)),
                    )
                scored |= {(name, seed): scores for name, scores in by_forecaster.items()}
        table = score_table(
            {(name, seed): scored[name, seed] for name in study.forecasters for seed in study.seeds},
            self.geology,
            draw_clusters=resampling.unit == "clusters",
            step_bootstrap=f"{bootstrap.draws} draws of {bootstrap.share:.0%}",
        )
        write_csv(table, self.folder / "scores.csv")

    def report(self, _key: str) -> None:
        """Write the tables and the page from the scores."""
        write_report(self.folder, self.study)


def _within(report: Callable[[float, str], None], number: int, count: int, share: float) -> None:
    """Report the share that is done of one of several equal parts."""
    report((number + share) / count, "")


def write_report(folder: Path, study: Study) -> None:
    """Write the tables and the page of a scored run.

    Parameters
    ----------
    folder
        The run folder.
    study
        Its study.
    """
    from thetamix.evaluation.tables import LAYOUTS, layout, to_markdown
    from thetamix.report.page import render

    scores = read_scores(require_file(folder / "scores.csv", "scores"))
    for name in TABLE_NAMES:
        table = layout(scores, name)
        write_csv(table, folder / "tables" / f"{name}.csv", index=True)
        write_text(folder / "tables" / f"{name}.md", to_markdown(table, LAYOUTS[name][0]))
    page = render(
        study=study.model_dump(mode="json"),
        study_file=(folder / "study.yml").read_text(encoding="utf-8"),
        scores=scores,
        leakage=pd.read_csv(folder / "tables" / "leakage.csv", keep_default_na=False),
        environment=json.loads((folder / "environment.json").read_text(encoding="utf-8")),
    )
    write_text(folder / "report.html", page)


def read_scores(path: Path) -> pd.DataFrame:
    """Read ``scores.csv``.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    pandas.DataFrame
        The long table; seed, geology, depth and cluster are text, "all" stands for a mean over them.
    """
    text = ["forecaster", "seed", "geology", "depth", "cluster", "score"]
    return pd.read_csv(
        path,
        dtype=dict.fromkeys(text, str),
        na_values={"value": "", "low": "", "high": ""},
        keep_default_na=False,
    )


def write_csv(table: pd.DataFrame, path: Path, *, index: bool = False) -> None:
    """Write a table in one piece.

    Parameters
    ----------
    table
        The table.
    path
        Where.
    index
        Whether the row names are written.
    """
    with atomic_path(path) as temporary:
        table.to_csv(temporary, index=index, encoding="utf-8")
