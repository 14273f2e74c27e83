"""What the steps of one study share."""

from functools import cached_property
from pathlib import Path

import numpy as np
import xarray as xr

from thetamix.network.by_series import Mask, Part, Readings
from thetamix.network.observations import observations
from thetamix.network.schema import midpoints, time_step
from thetamix.splits import parts
from thetamix.splits.draw import readings_of_part
from thetamix.splits.schemes import block_numbers
from thetamix.study.environment import hash_once
from thetamix.study.settings import Study
from thetamix.study.steps import KEYS
from thetamix.system.durations import parse_duration
from thetamix.system.files import require_file
from thetamix.system.progress import Progress


class StudyContext:
    """What the steps of one study share: the study, the open network, the folder, and who is told.

    Parameters
    ----------
    study
        Resolved.
    network
        Open.
    folder
        The run folder.
    progress
        Says what is going on.
    data_hash
        SHA-256 of the network file.
    workers
        How many steps go on at a time, and how many cores one may take.
    """

    def __init__(
        self, study: Study, network: xr.Dataset, folder: Path, progress: Progress, data_hash: str, workers: int = 1
    ) -> None:
        self.study = study
        self.network = network
        self.folder = folder
        self.progress = progress
        self.data_hash = data_hash
        self.workers = workers

    @cached_property
    def observed(self) -> Readings:
        """The readings that the study accepts [m3 m-3]."""
        return observations(self.network, self.study.quality.reject)

    @property
    def blocks(self) -> np.ndarray:
        """The number of the calendar block of each step (time)."""
        time = self.network["time"]
        return block_numbers(midpoints(time, time_step(time)), parse_duration(self.study.split.block))

    @property
    def groups(self) -> list[str]:
        """The group of each cluster (cluster); a single one where the study or the network has none."""
        from thetamix.evaluation.study_facts import cluster_groups

        return cluster_groups(self.study, self.network)

    def file_hash(self, path: Path) -> str:
        """Hash a file that a forecaster reads."""
        return hash_once(require_file(path, "prediction"), self.folder / KEYS / f"{path.name}.hash")

    def part(self, seed: int) -> Part:
        """Read the split of a seed back."""
        return parts.from_table(parts.read_table(self.folder / "splits.csv"), self.network, seed)

    def counted(self, part: Part, value: np.int8) -> Mask:
        """Return which readings count in one part."""
        return readings_of_part(self.observed, part, value, self.study.quality.replicates)

    def shown(self, part: Part) -> Mask:
        """Return which readings the training part shows, each by itself."""
        return self.observed.map(
            lambda values, labels: np.isfinite(values) & (labels == parts.TRAINING), part, absent=np.False_
        )

    def fit(self, name: str, seed: int) -> Path:
        """Name the folder of a fit."""
        return self.folder / "fits" / f"{name}-s{seed}"

    def prediction(self, name: str, seed: int) -> Path:
        """Name the prediction file of a forecaster and seed."""
        return self.folder / "predictions" / f"{name}-s{seed}.nc"
