"""Precision and recall of the quality flags, and the time of a check.

    python benchmarks/quality.py [networks [first seed]]
    python benchmarks/quality.py time

Faults are planted in simulated networks (nine clusters, two years, hourly) and looked for. Seeds 21 to 40 were looked
at only when all thresholds stood; those were set on seeds above 100. Two sensors are shown: as simulated (0.001 m3
m-3 anew at each step), and with white noise of 0.01 m3 m-3 on top, for which the ISMN's definitions were not made.

An event is a stretch of flagged readings of one sensor. Precision is the share of events that touch a planted fault
of a kind that the flag is meant for; recall the share of planted faults of these kinds that a flag touches.
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from thetamix.network.netcdf import open_network, write_network
from thetamix.network.schema import FLAGS
from thetamix.quality.checks import examine
from thetamix.quality.flags import flag_network, with_flags
from thetamix.quality.flags.rolling import runs
from thetamix.simulation import simulate
from thetamix.simulation.faults import plant_faults

#: What each flag is meant for.
MEANT = {
    "D06": ("spike",),
    "D07": ("break", "dead"),
    "D08": ("break", "plateau"),
    "D09": ("dead",),
    "D10": ("plateau",),
    "S01": ("break", "drift", "dead", "plateau", "stuck", "swapped", "shift"),
    "S02": ("swapped",),
    "S03": ("stuck", "dead", "plateau"),
    "S04": ("shift",),
}
#: What it is right about as well: these begin or end with a break, or are constant.
ALSO = {
    "D07": ("plateau", "drift", "swapped", "stuck", "shift", "spike"),
    "D08": ("dead", "drift", "swapped", "stuck", "shift", "spike"),
    "D09": ("break", "drift", "swapped", "stuck", "plateau"),
    "D10": ("stuck", "break"),
    "S04": ("break", "drift", "swapped"),
}
NOISY = 0.01  # [m3 m-3]
SHIFTS = 0.1  # share of sensors that come back from a gap with another level
GAP_DAYS = 2


def shift_after_gaps(network: xr.Dataset, seed: int) -> tuple[xr.Dataset, pd.DataFrame]:
    """Change the level of some sensors after one of their longer gaps, until the next one."""
    rng = np.random.default_rng(seed)
    readings = network["soil_moisture"].to_numpy().copy()
    stamps, names = network["time"].to_numpy(), network["cluster_id"].to_numpy()
    labels, depths = network["replicate_label"].to_numpy(), network["depth"].to_numpy()
    rows = []
    for place in np.ndindex(readings.shape[:3]):
        values = readings[place]
        gaps = [g for g in runs(~np.isfinite(values)) if g[1] - g[0] >= 24 * GAP_DAYS and g[1] < values.size]
        gaps = [g for g in gaps if g[0] > 24 * 30]
        if not gaps or rng.random() > SHIFTS:
            continue
        which = rng.integers(len(gaps))
        begin = gaps[which][1]
        end = gaps[which + 1][0] if which + 1 < len(gaps) else values.size
        size = rng.uniform(0.05, 0.15) * rng.choice([-1, 1])
        values[begin:end] += np.float32(size)
        c, d, r = place
        rows.append((names[c], depths[d], labels[r], "shift", stamps[begin], stamps[end - 1], size))
    columns = ["cluster", "depth", "replicate", "kind", "start", "end", "magnitude"]
    spoiled = network.assign(soil_moisture=(network["soil_moisture"].dims, readings))
    return spoiled, pd.DataFrame(rows, columns=columns)


def spoiled(seed: int, noise: float) -> tuple[xr.Dataset, pd.DataFrame]:
    """Simulate a network, add white noise and plant faults."""
    network = simulate(9, 2.0, seed, truth_profiles=0, without=["faults"]).network
    if noise:
        readings = network["soil_moisture"]
        drawn = np.random.default_rng(seed).standard_normal(readings.shape, dtype=np.float32)
        network = network.assign(soil_moisture=readings + np.float32(noise) * drawn)
    network, shifts = shift_after_gaps(network, seed)
    # Frost is left out: its flag is the air temperature's sign.
    kinds = ["spike", "break", "stuck", "plateau", "drift", "dead", "swapped"]
    network, faults = plant_faults(network, seed, kinds)
    return network, pd.concat([faults, shifts], ignore_index=True)


def score(seed: int, noise: float) -> pd.DataFrame:
    """Count events and faults of one network: flag, kind, what, n."""
    network, faults = spoiled(seed, noise)
    bare = network.drop_vars("soil_moisture_flag")
    flags = flag_network(bare)
    clusters = [str(name) for name in network["cluster_id"].to_numpy()]
    depths = network["depth"].to_numpy().tolist()
    labels = network["replicate_label"].to_numpy().tolist()
    stamps = network["time"].to_numpy()
    index: dict[tuple[int, int, int], list[tuple[int, int, str]]] = {}
    for row in faults.itertuples():
        place = (clusters.index(row.cluster), depths.index(row.depth), labels.index(row.replicate))
        # One step more: the return to the sound level is a break as well.
        first, last = np.searchsorted(stamps, [np.datetime64(row.start), np.datetime64(row.end)])
        span = (first, last + 2, row.kind)
        index.setdefault(place, []).append(span)
    rows = []
    for flag, kinds in MEANT.items():
        carried = flags & FLAGS[flag][0] != 0
        for place in np.ndindex(carried.shape[:3]):
            spans = index.get(place, [])
            well = [s for s in spans if s[2] in (*kinds, *ALSO.get(flag, ()))]
            for first, last in runs(carried[place]):
                right = any(a < last and first < b for a, b, _ in well)
                rows.append((flag, "any", "right" if right else "wrong"))
            for a, b, kind in (s for s in spans if s[2] in kinds):
                rows.append((flag, kind, "found" if carried[place][a:b].any() else "missed"))
    table = pd.DataFrame(rows, columns=["flag", "kind", "what"])
    return table.value_counts().rename("n").reset_index().assign(seed=seed)


def report(counts: pd.DataFrame) -> pd.DataFrame:
    """Precision and recall of each flag, recall of each kind."""
    lines = []
    for flag, kinds in MEANT.items():
        part = counts[counts["flag"] == flag]
        total = part.groupby("what")["n"].sum().reindex(["right", "wrong", "found", "missed"]).fillna(0)
        by_kind = []
        for kind in kinds:
            n = part[part["kind"] == kind].groupby("what")["n"].sum().reindex(["found", "missed"]).fillna(0)
            by_kind.append(f"{kind} {n['found']:.0f}/{n.sum():.0f}")
        events, faults = total["right"] + total["wrong"], total["found"] + total["missed"]
        lines.append(
            {
                "flag": flag,
                "events": int(events),
                "precision": total["right"] / events if events else np.nan,
                "recall": total["found"] / faults if faults else np.nan,
                "found": ", ".join(by_kind),
            }
        )
    return pd.DataFrame(lines)


def time_a_check(clusters: int = 43, years: float = 5.0) -> None:
    """Flag and examine a network of the paper's size from its file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.nc"
        write_network(simulate(clusters, years, 1, truth_profiles=0).network, path)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        with open_network(path) as network:
            start = time.perf_counter()
            examine(network, "network.nc")
            examined = time.perf_counter() - start
            start = time.perf_counter()
            with_flags(network, flag_network(network))
            flagged = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{clusters} clusters, {years:g} years: examined in {examined:.1f} s, flagged in {flagged:.1f} s")
    print(f"largest memory {before:.0f} MB after the simulation, {after:.0f} MB in the end")


def main(networks: int = 20, first: int = 21) -> None:
    for noise in (0.0, NOISY):
        counts = pd.concat([score(seed, noise) for seed in range(first, first + networks)])
        print(f"\n{networks} networks, seeds from {first}, {noise:g} m3 m-3 of white noise added")
        print(report(counts).to_string(index=False, float_format=lambda number: f"{number:.2f}"))


if __name__ == "__main__":
    if sys.argv[1:] == ["time"]:
        time_a_check()
    else:
        main(*(int(number) for number in sys.argv[1:]))
