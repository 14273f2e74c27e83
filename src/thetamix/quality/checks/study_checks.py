"""Checks of a study on its network: what would fail, or mean less than it seems, after hours of training."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import xarray as xr

from thetamix.network.observations import observations
from thetamix.network.schema import FLAGS, midpoints, time_step
from thetamix.quality.checks.findings import Finding, study_finding
from thetamix.quality.checks.plan import StudyPlan
from thetamix.splits.draw import audit_split, draw_split, readings_of_part, usable_readings
from thetamix.splits.parts import EVALUATION, TRAINING
from thetamix.splits.schemes import block_numbers
from thetamix.system.errors import InputError

FEW_BLOCKS = 5  # of a series: with fewer, training sees hardly more than one season
MANY_LOST = 0.1  # share of windows


@dataclass(frozen=True)
class Case:
    """A study and its network, read once for all checks.

    Attributes
    ----------
    network
        The network.
    plan
        The study.
    """

    network: xr.Dataset
    plan: StudyPlan

    @cached_property
    def observed(self) -> xr.DataArray:
        """The readings that the study accepts (cluster, depth, replicate, time) [m3 m-3]."""
        return observations(self.network, self.plan.reject).load()

    @cached_property
    def present(self) -> np.ndarray:
        """Where readings count (cluster, depth, replicate, time)."""
        return usable_readings(self.observed, self.plan.replicates)

    @cached_property
    def splits(self) -> dict[int, np.ndarray | str]:
        """The part of each reading by seed, or why it cannot be drawn."""
        drawn: dict[int, np.ndarray | str] = {}
        for seed in self.plan.seeds:
            try:
                drawn[seed] = draw_split(
                    self.network,
                    self.present,
                    seed,
                    scheme=self.plan.scheme,
                    block=self.plan.block,
                    evaluation_share=self.plan.evaluation_share,
                    gap=self.plan.gap,
                    period=self.plan.period,
                )
            except InputError as error:
                drawn[seed] = str(error)
        return drawn

    def counted(self, part: np.ndarray, value: np.int8) -> np.ndarray:
        """Say which readings count in one part (cluster, depth, replicate, time)."""
        return readings_of_part(self.observed, part, value, self.plan.replicates)

    @cached_property
    def audits(self) -> dict[int, tuple[dict[str, float], list[tuple[str, str]]]]:
        """Shares of leakage, and the series on one side only with what they lack, by seed."""
        result = {}
        for seed, part in self.splits.items():
            if not isinstance(part, str):
                shares, sides = audit_split(
                    self.network, self.counted(part, TRAINING), self.counted(part, EVALUATION)
                )
                result[seed] = (shares, [(str(s), str(m)) for s, m in sides.to_numpy()])
        return result


def flags_not_set(case: Case) -> Iterator[Finding]:
    """Flags that the study rejects and no reading carries: they were perhaps never looked for."""
    if not case.plan.reject:
        return
    carried = 0
    if "soil_moisture_flag" in case.network:
        for cluster in range(case.network.sizes["cluster"]):
            flags = case.network["soil_moisture_flag"].isel(cluster=cluster).to_numpy()
            carried |= int(np.bitwise_or.reduce(flags, axis=None))
    absent = [name for name in case.plan.reject if not carried & FLAGS[name][0]]
    # The ranges are always looked for.
    absent = [name for name in absent if not name.startswith("C")]
    if absent:
        yield study_finding(
            "warning",
            f"quality.reject names {', '.join(absent)}, which no reading carries",
            "set the flags with `thetamix qc` first, if that was not done",
            len(absent),
            "flags",
        )


def empty_parts(case: Case) -> Iterator[Finding]:
    """Splits that cannot be drawn: nothing left to train on or to evaluate."""
    for seed, part in case.splits.items():
        if isinstance(part, str):
            message, _, advice = part.removeprefix("split: ").rpartition(". ")
            yield study_finding(
                "error",
                f"seed {seed}: {message or advice}",
                advice if message else "choose another split",
                0,
                "readings",
            )


def one_sided_series(case: Case) -> Iterator[Finding]:
    """Series that lie in one part of the split only, or in none."""
    by_design = case.plan.scheme in ("clusters",)
    for seed, (_, sides) in case.audits.items():
        for missing in dict.fromkeys(m for _, m in sides):
            names = [name for name, lack in sides if lack == missing]
            if by_design and missing != "complete time step":
                continue
            yield study_finding(
                "warning" if missing != "evaluation part" else "note",
                f"seed {seed}: {len(names)} series have no {missing}: {', '.join(names[:5])}"
                + (" …" if len(names) > 5 else ""),
                "shorter blocks, replicates: any, or leaving the series out would help",
                len(names),
                "series",
            )


def few_blocks(case: Case) -> Iterator[Finding]:
    """Blocks so long that a series has only a few: the split is then a matter of luck."""
    if case.plan.scheme not in ("blocks", "calendar"):
        return
    step = time_step(case.network["time"])
    numbers = block_numbers(midpoints(case.network["time"], step), case.plan.block)
    there: np.ndarray = np.any(case.present, axis=2)
    counts = [np.unique(numbers[there[index]]).size for index in np.ndindex(there.shape[:2]) if there[index].any()]
    few = sum(count < FEW_BLOCKS for count in counts)
    if few:
        yield study_finding(
            "warning",
            f"{few} of {len(counts)} series have fewer than {FEW_BLOCKS} blocks, the fewest {min(counts)}",
            "shorten split.block",
            min(counts),
            "blocks",
        )


def lost_windows(case: Case) -> Iterator[Finding]:
    """Readings that no window of complete forcing leads to."""
    wanted: np.ndarray = np.any(case.present, axis=2)
    total = int(wanted.sum())
    if not total:
        return
    for fit in case.plan.fits:
        names = [name for name, optional in fit.forcing if not optional]
        if any(name not in case.network or case.network[name].dims != ("cluster", "time") for name in names):
            continue
        complete = np.ones((wanted.shape[0], wanted.shape[-1]), dtype=bool)
        missing = {}
        for name in names:
            known = np.isfinite(case.network[name].to_numpy())
            missing[name] = float((~known).mean())
            complete &= known
        lost = int((wanted & ~_whole(complete, fit.sequence)[:, None, :]).sum())
        # The first windows of a record begin before it: no gap costs these.
        by_gaps = lost - int(wanted[:, :, : fit.sequence - 1].sum())
        most = max(missing, key=lambda name: missing[name], default="")
        if lost == total:
            yield study_finding(
                "error",
                f"{fit.name}: no window of {fit.sequence} steps has complete forcing",
                f"fill {most}, shorten training.sequence, or declare a variable optional"
                if missing.get(most)
                else "shorten training.sequence",
                100,
                "% of windows",
            )
        elif by_gaps:
            share = by_gaps / total
            yield study_finding(
                "warning" if share > MANY_LOST else "note",
                f"{fit.name}: {by_gaps} of {total} windows are lost to gaps of the forcing, most often of {most} "
                f"({missing[most]:.1%} missing)",
                "fill the gaps, or declare the variable optional",
                100 * share,
                "% of windows",
            )


def leakage(case: Case) -> Iterator[Finding]:
    """How much of what is evaluated was trained on at the same time in some other form."""
    for seed, (shares, _) in case.audits.items():
        yield study_finding(
            "note",
            f"seed {seed}: of the evaluated steps {shares['same_series']:.0%} are trained on in the same series, "
            f"{shares['same_cluster']:.0%} at another depth of the cluster, {shares['same_forcing']:.0%} under the "
            "same forcing",
            "scheme calendar leaves no such step; say which one a score belongs to",
            100 * shares["same_cluster"],
            "% of steps",
        )


def _whole(complete: np.ndarray, sequence: int) -> np.ndarray:
    """Say where a window of complete forcing ends (cluster, time)."""
    missing = np.concatenate([np.zeros((len(complete), 1), int), np.cumsum(~complete, axis=1)], axis=1)
    whole = np.zeros(complete.shape, dtype=bool)
    whole[:, sequence - 1 :] = missing[:, sequence:] == missing[:, :-sequence]
    return whole
