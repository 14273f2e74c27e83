"""Time the exact mixture beside its peers: python benchmarks/mixture.py [rows].

1.4 million mixtures of three Gaussians in float32, as an evaluation of the paper's network has them.
Peers take turns with ours; medians. A peer that is too slow or too large for all rows is timed on a
part of them, and its time is multiplied.
"""

import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable

import numpy as np
import scoringrules

from thetamix.mixture import GaussianMixture

REPEATS = 5
DRAWS = 1000


def draw_mixtures(rows: int, components: int, seed: int = 0) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    shape = (rows, components)
    weight = rng.dirichlet(np.ones(components), rows).astype(np.float32)
    mean = rng.uniform(0.05, 0.5, shape).astype(np.float32)
    sd = np.exp(rng.uniform(np.log(0.005), np.log(0.1), shape)).astype(np.float32)
    return weight, mean, sd


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def side_by_side(
    ours: Callable[[], object], theirs: Callable[[], object] | None = None, part: float = 1.0
) -> tuple[float, float]:
    """Median seconds of both, taking turns; theirs divided by the part of the rows they had."""
    spent: tuple[list[float], list[float]] = ([], [])
    for _ in range(REPEATS):
        spent[0].append(seconds(ours))
        spent[1].append(seconds(theirs) / part if theirs else np.nan)
    return statistics.median(spent[0]), statistics.median(spent[1])


def extra_memory(call: Callable[[], object]) -> float:
    """Largest memory beyond what there was, result included [MB]."""
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def line(name: str, ours: float, theirs: float, memory: float, peer: str = "") -> None:
    ratio = f"{theirs / ours:8.1f} x" if peer else ""
    other = f"{theirs:9.2f} s" if peer else ""
    print(f"{name:<34}{ours:8.3f} s{other:>12}{ratio:>12}{memory:9.0f} MB  {peer}")


def main(rows: int = 1_400_000) -> None:
    weight, mean, sd = draw_mixtures(rows, 3)
    obs = np.random.default_rng(1).uniform(0.05, 0.5, rows).astype(np.float32)
    mixture = GaussianMixture(weight, mean, sd)
    print(f"{rows:,} rows, K = 3, float32; medians of {REPEATS}, taking turns")
    print(f"{'':<34}{'ours':>10}{'peer':>12}{'faster':>12}{'extra':>12}")

    ours, theirs = side_by_side(lambda: mixture.crps(obs), lambda: scoringrules.crps_mixnorm(obs, mean, sd, weight))
    memory = extra_memory(lambda: mixture.crps(obs))
    line("CRPS", ours, theirs, memory, "scoringrules")
    crps_share = ours / theirs
    exact = weight / weight.sum(axis=1, keepdims=True, dtype=np.float64)
    wide = [a.astype(np.float64) for a in (obs, mean, sd)]
    difference = np.abs(mixture.crps(obs) - scoringrules.crps_mixnorm(*wide, exact)).max()
    del wide, exact

    few = mixture[: max(rows // 100, 1)]
    rng = np.random.default_rng(2)
    ours, theirs = side_by_side(
        lambda: mixture.quantile([0.2, 0.8]),
        lambda: np.quantile(few.sample(rng, DRAWS), [0.2, 0.8], axis=-1),
        part=few.shape[0] / rows,
    )
    memory = extra_memory(lambda: mixture.quantile([0.2, 0.8]))
    line("two quantiles", ours, theirs, memory, f"{DRAWS:,} draws a row (on 1 % of the rows)")
    draws_ratio = theirs / ours

    for name, call in {
        "mode count": mixture.mode_count,
        "log density": lambda: mixture.logpdf(obs),
        "distribution function": lambda: mixture.cdf(obs),
        "expectation": mixture.expectation,
        "check of the parameters": lambda: GaussianMixture(weight, mean, sd),
    }.items():
        line(name, *side_by_side(call), extra_memory(call))

    # an ensemble's or a climatology's pool: 200 readings dressed with 0.02
    many, most = max(rows // 140, 1), 200
    weight, mean, _ = draw_mixtures(many, most)
    pool = GaussianMixture(np.float32(1 / most), mean, np.float32(0.02))
    few_rows = max(many // 50, 1)
    peer = [a[:few_rows].astype(np.float64) for a in (obs, mean, pool.sd, pool.weight)]
    ours, theirs = side_by_side(
        lambda: pool.crps(obs[:many]),
        lambda: scoringrules.crps_mixnorm(*peer),
        part=few_rows / many,
    )
    memory = extra_memory(lambda: pool.crps(obs[:many]))
    line(f"CRPS, K = {most}, {many:,} rows", ours, theirs, memory, "scoringrules (on 2 %)")

    print(f"\nCRPS takes {crps_share:.2f} of scoringrules' time; largest difference {difference:.1e}")
    print(f"two quantiles are {draws_ratio:.0f} times as fast as {DRAWS:,} draws a row")


if __name__ == "__main__":
    main(*(int(a) for a in sys.argv[1:]))
