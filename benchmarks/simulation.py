"""Simulated statistics beside the words of the paper: python benchmarks/simulation.py [--figure FILE.png].

    python benchmarks/simulation.py                        # 18 clusters x 3 years, with and without bypass
    python benchmarks/simulation.py --clusters 43 --years 5
    python benchmarks/simulation.py --size                 # and the seconds and memory of 43 clusters x 5 years

Nothing is fitted to these numbers cluster by cluster: all comes from the parameters of the three geologies and four
land covers. Those of macropores and of the base of schist were chosen with such tables in view, of seed 1 above all:
look at other seeds (--seed), for dry and wet summers differ by more than most causes. `measure` returns the tables.
"""

import argparse
import itertools
import resource
import time
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from thetamix.evaluation.nonsequential import nonsequential_responses
from thetamix.mixture import GaussianMixture
from thetamix.network.observations import observations
from thetamix.network.schema import midpoints, time_step
from thetamix.simulation import simulate
from thetamix.simulation.column import LAYERS
from thetamix.simulation.geology import GEOLOGY_NAMES
from thetamix.simulation.integration import Recording, integrate
from thetamix.simulation.profiles import draw_cluster, draw_profiles
from thetamix.simulation.scene import FIRST_CLUSTER, OBSERVED, set_scene
from thetamix.simulation.seeds import Stream
from thetamix.simulation.simulated_sensors import NOISE_SD

BINS = np.arange(0.05, 0.551, 0.05)  # [m3 m-3] of the mean over replicates
HIGH = 0.9  # correlation
DIP = 0.9
LAW_PROFILES = 300
LAW_DAYS = 10  # [d] between the days on which the law is looked at


def measure(clusters: int = 18, years: float = 3.0, seed: int = 1) -> dict[str, pd.DataFrame]:
    """Measure what the paper says of its network on simulated ones.

    Parameters
    ----------
    clusters, years, seed
        Of the networks.

    Returns
    -------
    dict of pandas.DataFrame
        ``spread`` by moisture, ``agreement`` of replicates by geology, ``months`` (multimodality and non-sequential
        responses with and without bypass), ``physics`` (balance and step).
    """
    network = simulate(clusters, years, seed, truth_profiles=0, without=("faults", "gaps")).network
    tight = simulate(clusters, years, seed, truth_profiles=0, without=("bypass", "faults", "gaps")).network
    return {
        "spread": spread(network),
        "agreement": agreement(network),
        "months": pd.concat(
            [
                by_month(network, law(clusters, years, seed, ()), "with bypass"),
                by_month(tight, law(clusters, years, seed, ("bypass",)), "without bypass"),
            ]
        ),
        "physics": physics(seed),
    }


def spread(network: xr.Dataset) -> pd.DataFrame:
    """Give the range and the sd of replicates by the moisture of their mean."""
    readings = network["soil_moisture"].to_numpy().astype(float)
    state, width, sd = (
        readings.mean(axis=2).ravel(),
        np.ptp(readings, axis=2).ravel(),
        readings.std(axis=2, ddof=1),
    )
    found = np.digitize(state, BINS)
    rows = []
    for number in range(1, BINS.size):
        own = found == number
        if own.sum() > 1000:
            rows.append((BINS[number - 1], BINS[number], own.mean(), width[own].mean(), sd.ravel()[own].mean()))
    return pd.DataFrame(rows, columns=["from", "to", "share", "range", "sd"])


def agreement(network: xr.Dataset) -> pd.DataFrame:
    """Give correlation and offset of pairs of replicates, hour by hour, by geology."""
    readings = network["soil_moisture"].to_numpy().astype(float)
    geology = network["geology"].to_numpy()
    pairs = list(itertools.combinations(range(readings.shape[2]), 2))
    correlation = np.array([[[np.corrcoef(s[a], s[b])[0, 1] for a, b in pairs] for s in c] for c in readings])
    means = readings.mean(axis=-1)
    offset = np.stack([np.abs(means[..., a] - means[..., b]) for a, b in pairs], axis=-1)
    rows = []
    for name in [*dict.fromkeys(geology), "all"]:
        own = (geology == name) | (name == "all")
        median = np.median(correlation[own], axis=(1, 2))
        rows.append(
            (
                name,
                (median > HIGH).mean(),
                (correlation[own] > HIGH).mean(),
                np.median(offset[own]),
                offset[own].max(),
                np.median(readings[own].std(axis=-1)),
            )
        )
    columns = [
        "geology",
        "clusters_above_0.9",
        "pairs_above_0.9",
        "offset_median",
        "offset_largest",
        "sd_in_time",
    ]
    return pd.DataFrame(rows, columns=columns)


def law(clusters: int, years: float, seed: int, without: tuple[str, ...]) -> xr.Dataset:
    """Give the true law on some days."""
    truth = simulate(
        clusters,
        years,
        seed,
        step_hours=24,
        truth_profiles=LAW_PROFILES,
        without=(*without, "faults", "gaps"),
    ).truth
    assert truth is not None
    return truth.isel(time=slice(0, None, LAW_DAYS))


def by_month(network: xr.Dataset, truth: xr.Dataset, name: str) -> pd.DataFrame:
    """Give shares of multimodal laws, of multimodal replicates and of non-sequential responses by month."""
    day = np.timedelta64(1, "D")
    of_law = midpoints(truth["time"], day).astype("datetime64[M]").astype(int) % 12 + 1
    means = truth["component_mean"].to_numpy().astype(float)
    mixtures = GaussianMixture(1 / means.shape[-1], means, NOISE_SD)
    strict, dip = mixtures.mode_count() > 1, mixtures.mode_count(dip=DIP) > 1
    every = slice(0, None, 24 * LAW_DAYS)
    readings = np.moveaxis(network["soil_moisture"].to_numpy()[..., every], 2, 3).astype(float)
    middle = midpoints(network["time"], time_step(network["time"]))[every]
    of_readings = middle.astype("datetime64[M]").astype(int) % 12 + 1
    replicates = GaussianMixture(1 / readings.shape[-1], readings, NOISE_SD).mode_count() > 1
    responses = nonsequential_responses(network, observations(network), list(network["geology"].to_numpy()))
    responses = responses[responses["group"] == "all"].set_index("month")[["responses", "non_sequential"]]
    # A short or dry record has months without events.
    responses = responses.reindex([str(month) for month in range(1, 13)], fill_value=0)
    geology = network["geology"].to_numpy()
    rows = []
    for month in range(1, 13):
        own = of_law == month
        counts = responses.loc[str(month)]
        rows.append(
            (
                name,
                month,
                strict[..., own].mean(),
                dip[..., own].mean(),
                *(strict[geology == one][..., own].mean() for one in GEOLOGY_NAMES),
                replicates[..., of_readings == month].mean(),
                counts["non_sequential"] / max(counts["responses"], 1),
            )
        )
    columns = [
        "simulated",
        "month",
        "law_strict",
        "law_dip",
        *(f"law_{one}" for one in GEOLOGY_NAMES),
        "replicates",
        "non_sequential",
    ]
    return pd.DataFrame(rows, columns=columns)


def physics(seed: int) -> pd.DataFrame:
    """Give the largest error of the water balance of a step, and what shorter steps change."""
    steps = 8766
    place = draw_cluster(seed, 0)
    profiles = draw_profiles(seed, place, Stream.INSTALLED, 0, 50)
    scene = set_scene(seed, np.datetime64("2013-01-01", "h"), steps, 1, [place])
    supply, demand = scene.supply[:steps, FIRST_CLUSTER:], scene.demand[:steps, FIRST_CLUSTER:]
    site = np.zeros(50, dtype=int)
    coarse = integrate(profiles, supply, demand, site, record=Recording(ledger=50, observed=OBSERVED))
    book = coarse.ledger
    change = np.diff(book.storage, axis=0)
    error = change - (book.input - book.runoff - book.evaporation - book.transpiration - book.drainage)[1:]
    parts = 6
    fine = integrate(
        profiles,
        supply.repeat(parts, 0),
        demand.repeat(parts, 0),
        site,
        step=1 / parts,
        record=Recording(ledger=50, every=parts),
    ).ledger
    difference = fine.moisture - book.moisture
    rows = [("largest error of the water balance in a step [mm]", np.abs(error).max())]
    rows += [
        (f"hourly against 10 min, layer {layer + 1} of {LAYERS}, rms [m3 m-3]", np.sqrt((part**2).mean()))
        for layer, part in enumerate(np.moveaxis(difference, 1, 0))
    ]
    return pd.DataFrame(rows, columns=["what", "value"])


def draw(found: dict[str, pd.DataFrame], path: Path) -> None:
    """Draw spread by moisture, and months with and without bypass."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 3, figsize=(13, 3.8), layout="constrained")
    wide = found["spread"]
    axes[0].plot((wide["from"] + wide["to"]) / 2, wide["range"], marker="o")
    axes[0].set(xlabel="mean of the replicates [m³ m⁻³]", ylabel="range of the replicates [m³ m⁻³]", ylim=(0, None))
    for axis, column, label in (
        (axes[1], "law_strict", "share of multimodal true laws"),
        (axes[2], "non_sequential", "non-sequential share of responses"),
    ):
        for name, own in found["months"].groupby("simulated"):
            axis.plot(own["month"], own[column], marker="o", label=name)
        axis.set(xlabel="month", ylabel=label, xticks=range(1, 13), ylim=(0, None))
        axis.legend(frameon=False)
    figure.savefig(path, dpi=150)


def size() -> str:
    """Simulate the paper's network and say what it cost."""
    begin = time.perf_counter()
    simulate(43, 5.0, 1, truth_profiles=0)
    spent = time.perf_counter() - begin
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return f"43 clusters x 5 years x 9 sensors, hourly: {spent:.1f} s, at most {memory:.2f} GB"


PAPER = {
    "spread": "low at or below 0.2, peaks around 0.30-0.35, declines towards saturation (section 4.2)",
    "agreement": "correlations above 0.9 at most clusters, offsets up to 0.2 (section 2.1.2)",
    "months": "more multimodality in winter than in August and September; non-sequential responses peak in "
    "summer and early autumn, up to 25 % of events at forested sites (sections 3.3 and 4.2)",
    "physics": "",
}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clusters", type=int, default=18)
    parser.add_argument("--years", type=float, default=3.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--figure", type=Path)
    parser.add_argument("--size", action="store_true", help="time the paper's size first")
    options = parser.parse_args()
    if options.size:
        print(size())
    found = measure(options.clusters, options.years, options.seed)
    for name, table in found.items():
        print(f"\n{name}: the paper has {PAPER[name]}" if PAPER[name] else f"\n{name}")
        print(table.to_string(index=False, float_format=lambda value: f"{value:.3g}"))
    if options.figure:
        draw(found, options.figure)


if __name__ == "__main__":
    main()
