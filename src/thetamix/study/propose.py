"""A study to start from, written for one network: what is there, complete enough, and tells places apart."""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import xarray as xr

from thetamix.inputs.window_ends import complete_windows
from thetamix.network.by_series import Mask, Readings
from thetamix.network.missing import is_absent
from thetamix.network.netcdf import open_network
from thetamix.network.observations import ReplicateRule, observations
from thetamix.network.schema import midpoints, time_step
from thetamix.quality.checks.input_checks import SERVANTS
from thetamix.splits.draw import usable_readings
from thetamix.splits.schemes import block_numbers
from thetamix.system.durations import format_duration, parse_duration
from thetamix.system.errors import InputError
from thetamix.system.yaml_files import yaml_word

REJECT = ("C01", "C02")
#: Weather that drives a soil, in the order in which it is named; discharge may always be missing.
WEATHER = ("precipitation", "potential_evapotranspiration", "air_temperature", "discharge")
#: A variable is required where so many of the windows before readings have it throughout; else it may be missing.
COMPLETE = 0.9
#: Required variables together leave so many windows.
LEAST_WINDOWS = 0.5
#: Lengths of blocks, of which the longest is taken that gives most series so many.
BLOCKS = ("90d", "60d", "30d", "20d", "10d", "5d", "2d", "1d", "12h", "6h", "3h")
MANY_BLOCKS, ENOUGH_BLOCKS = 10, 5
#: Attributes that come first, and how many are taken in: of three clusters one, and no more than so many.
FIRST_ATTRIBUTES = ("elevation", "geology", "soil_type", "land_use", "clay_fraction", "sand_fraction")
MOST_ATTRIBUTES = 5
#: Where a cluster is, what serves it, and who runs it: no properties of its soil.
PLACES = ("latitude", "longitude", "easting", "northing", "x", "y", "ismn_network")
SERVICES = (*SERVANTS, "_distance", "_id")
TOO_MANY = "with more attributes a model knows the few clusters by heart"


@dataclass(frozen=True)
class Contents:
    """What a network has, as a study may use it."""

    network: xr.Dataset

    @cached_property
    def readings(self) -> Readings:
        """The readings within their range [m3 m-3]."""
        return observations(self.network, REJECT)

    @cached_property
    def complete_share(self) -> float:
        """The share of steps with a reading that have all replicates; 0 where a series never has all."""
        complete, present = usable_readings(self.readings, "all"), usable_readings(self.readings, "any")
        if len(complete) < len(present):
            return 0.0
        counts = [sum(int(np.any(values, axis=0).sum()) for values in mask.values()) for mask in (complete, present)]
        return counts[0] / max(counts[1], 1)

    @property
    def rule(self) -> ReplicateRule:
        """``any`` where complete steps are rare."""
        return "all" if self.complete_share >= LEAST_WINDOWS else "any"

    @cached_property
    def present(self) -> Mask:
        """Where readings count."""
        return usable_readings(self.readings, self.rule)

    @property
    def step(self) -> np.timedelta64:
        """The time step."""
        return time_step(self.network["time"])

    @cached_property
    def sequence(self) -> int:
        """Length of a window [steps]: about five days of hours, a season of days, a tenth of the record at most."""
        hours = float(self.step / np.timedelta64(1, "h"))
        steps = round(128 / min(hours, 1)) if hours <= 1 else 128 if hours < 24 else round(90 * 24 / hours)
        return max(min(steps, self.network.sizes["time"] // 10), 2)

    @cached_property
    def block(self) -> str:
        """The longest blocks of which nearly all series have enough."""
        time = self.network["time"]
        middle = midpoints(time, self.step)
        steps = [np.any(values, axis=0) for values in self.present.values()]
        lengths = [length for length in BLOCKS if parse_duration(length) >= 2 * self.step] or [BLOCKS[0]]
        for length in lengths:
            numbers = block_numbers(middle, parse_duration(length))
            counts = [np.unique(numbers[there]).size for there in steps]
            if np.median(counts) >= MANY_BLOCKS and np.quantile(counts, 0.1) >= ENOUGH_BLOCKS:
                return length
        return lengths[-1]

    @cached_property
    def forcing(self) -> dict[str, tuple[bool, float]]:
        """Whether each weather variable may be missing, and the share of windows that it completes, by name."""
        steps = self.present.steps()
        steps[:, : self.sequence - 1] = False
        there = {
            name: np.isfinite(self.network[name].to_numpy())
            for name in WEATHER
            if name in self.network and self.network[name].dims == ("cluster", "time")
        }
        there = {name: values for name, values in there.items() if values.any()}

        def share(names: Sequence[str]) -> float:
            complete = np.all([there[name] for name in names], axis=0)
            return float(complete_windows(complete, self.sequence)[steps].mean()) if steps.any() else 0.0

        alone = {name: share([name]) for name in there}
        required = [name for name in there if alone[name] >= COMPLETE and name != "discharge"]
        while required and share(required) < LEAST_WINDOWS:
            required.remove(min(required, key=lambda name: alone[name]))
        return {name: (name not in required, alone[name]) for name in there}

    @cached_property
    def attributes(self) -> dict[str, str]:
        """Why each attribute is left out, by name; empty where it is taken in."""
        names = [str(name) for name, variable in self.network.data_vars.items() if variable.dims == ("cluster",)]
        names.sort(
            key=lambda name: FIRST_ATTRIBUTES.index(name) if name in FIRST_ATTRIBUTES else len(FIRST_ATTRIBUTES)
        )
        reasons: dict[str, str] = {}
        most = min(max(self.network.sizes["cluster"] // 3, 1), MOST_ATTRIBUTES)
        for name in names:
            if not name.endswith(SERVICES) and name not in PLACES:
                more = TOO_MANY if sum(not reason for reason in reasons.values()) >= most else ""
                reasons[name] = self._why_not(self.network[name].to_numpy()) or more
        return reasons

    def _why_not(self, values: np.ndarray) -> str:
        """Return why an attribute (cluster) tells a model nothing of soils; empty where it does."""
        absent, distinct = is_absent(values), len(set(values.tolist()))
        if absent.any():
            return f"no value at {absent.sum()} of {absent.size} clusters"
        if distinct == 1:
            return "the same everywhere"
        if values.dtype.kind != "f" and distinct > values.size / 2:
            return "a name of nearly each place"
        return ""

    @property
    def taken(self) -> list[str]:
        """Names of the attributes that are taken in."""
        return [name for name, reason in self.attributes.items() if not reason]

    @property
    def group(self) -> str | None:
        """A text attribute that several clusters share: geology, or the first of the others."""
        informative = (name for name, reason in self.attributes.items() if reason in ("", TOO_MANY))
        texts = [name for name in informative if self.network[name].dtype.kind not in "fiu"]
        return "geology" if "geology" in texts else next(iter(texts), None)

    @property
    def replicates(self) -> int:
        """Most replicates of a series."""
        return max(int(np.isfinite(values).any(axis=1).sum()) for values in self.readings.values())

    @property
    def has_reference(self) -> bool:
        """True where another model's moisture stands beside readings."""
        if "reference_soil_moisture" not in self.network:
            return False
        reference = self.network["reference_soil_moisture"]
        return any(
            (np.isfinite(reference.isel(cluster=cluster, depth=depth).to_numpy()) & there).any()
            for (cluster, depth), there in self.present.items()
        )


def propose(path: Path, preset: str, out: Path) -> str:
    """Write a study of a network as commented YAML.

    Parameters
    ----------
    path
        The network file.
    preset
        Of the training.
    out
        The study file that is to be written: the network's path is relative to it.

    Returns
    -------
    str
        The text.

    Raises
    ------
    InputError
        If it is not a network, or has no readings.
    """
    with open_network(path) as network:
        contents = Contents(network)
        if not contents.readings:
            raise InputError(f"{path}: no reading within the range of soils, so there is nothing to study")
        return "\n".join(_lines(contents, path, preset, out)) + "\n"


def _lines(contents: Contents, path: Path, preset: str, out: Path) -> Iterator[str]:
    name = re.sub(r"[^\w .-]", "-", path.stem).lstrip(" .-") or "my-study"
    yield f"# A study of {path.name}: what it has and what is complete enough. Run it with `thetamix run {out.name}`."
    yield _remark(f"name: {yaml_word(name)}", "the run folder is runs/<name>")
    yield _remark(f"network: {yaml_word(os.path.relpath(path, out.parent))}", "relative to this file")
    yield "quality:"
    yield _remark(
        f"  reject: [{', '.join(REJECT)}]", "flags that a reading must not carry: below 0, above 0.60 m3 m-3"
    )
    yield _remark(f"  replicates: {contents.rule}", _about_steps(contents))
    yield "inputs:"
    yield from _inputs(contents)
    yield "split:"
    yield _remark("  scheme: blocks", "blocks, calendar, clusters, period or replicates: which question is asked")
    yield _remark(f"  block: {contents.block}", "the longest that gives series enough blocks for both sides")
    yield "  evaluation_share: 0.4"
    yield _remark("  gap: 0d", "training steps nearer than this to an evaluated one are left out")
    yield "training:"
    yield _remark(f"  preset: {preset}", "fast or paper; every setting of it can be overridden here: epochs: 5")
    yield _remark(
        f"  sequence: {format_duration(contents.sequence * contents.step)}", f"{contents.sequence} time steps"
    )
    yield "forecasters:"
    yield from _forecasters(contents)
    yield _remark("seeds: [1, 2, 3]", "a seed draws the split, shared by all forecasters, and the initial weights")
    yield "evaluation:"
    geology = "geology" in contents.network and not is_absent(contents.network["geology"].to_numpy()).any()
    yield f"  group_by: [{'geology, ' if geology else ''}depth]"
    yield "  bootstrap: {draws: 50, share: 0.8, block_draws: 1000}"


def _about_steps(contents: Contents) -> str:
    if contents.rule == "all":
        return f"{contents.complete_share:.0%} of the steps have all replicates of their series; any: each by itself"
    return "each reading by itself: steps with all replicates of their series are rare"


def _inputs(contents: Contents) -> Iterator[str]:
    if contents.forcing:
        yield _remark("  forcing:", "{…: optional} may be missing")
        for name, (optional, share) in contents.forcing.items():
            line = f"    - {{{name}: optional}}" if optional else f"    - {name}"
            yield _remark(line, f"without a gap before {share:.0%} of the readings")
    else:
        yield _remark("  forcing: []", "no weather: `thetamix import forcing` adds it, and models can be trained")
    yield _remark(f"  attributes: [{', '.join(map(yaml_word, contents.taken))}]", "depth is always an input")
    for name, reason in contents.attributes.items():
        if reason:
            yield f"  # {name}: {reason}"


def _forecasters(contents: Contents) -> Iterator[str]:
    names = {name for name, (optional, _) in contents.forcing.items() if not optional}
    if contents.forcing:
        if contents.replicates > 1:
            yield "  condLSTM: {kind: lstm, components: 1, condition_on_replicate: true}"
        yield "  3G-LSTM: {kind: lstm, components: 3}"
        if contents.replicates > 1:
            yield "  both: {kind: ensemble, of: [condLSTM, 3G-LSTM]}"
    group = "" if contents.group is None else f"{yaml_word(contents.group)}, "
    yield f"  annual cycle: {{kind: annual_cycle, by: [{group}depth]}}"
    yield "  annual cycle of the series: {kind: annual_cycle, by: series}"
    if contents.has_reference:
        yield _remark("  reference: {kind: reference}", "reference_soil_moisture of the network")
    if set(WEATHER[:3]) <= names:
        yield _remark("  # soil model: {kind: process}", "a soil water balance, calibrated for each series")
    if len({cluster for cluster, _ in contents.present}) < len(contents.present):
        yield "  # exponential filter (reads the top sensors): {kind: exponential_filter}"
    if contents.replicates > 1:
        spread = ", spread: learned" if contents.replicates > 2 else ""
        yield _remark(f"  # siblings: {{kind: siblings{spread}}}", "with scheme replicates")


def _remark(line: str, remark: str) -> str:
    return f"{line:<33} # {remark}"
