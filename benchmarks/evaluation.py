"""Time the evaluation of one seed as a study does it: python benchmarks/evaluation.py [hours] [clusters].

A network of the paper's size, 43 clusters with three replicates at three depths, of which 1.4 million (series, hour)
pairs are evaluated; four forecasters: three Gaussians, a Gaussian for each replicate, 64 that change once a day, and
a point. Readings and mixtures are random. What is timed is all that the step ``score`` of a study asks of them: one
pass for scores with both bootstraps, calibration, decomposition and diagnosis, then all tables; with the time by
function from a second pass under the profiler, and the largest memory.
"""

import cProfile
import pstats
import resource
import sys
import time

import numpy as np
import xarray as xr

from thetamix.evaluation.assessment import Assessment
from thetamix.evaluation.bootstrap import Resampling
from thetamix.network.assemble import assemble
from thetamix.network.by_series import Part
from thetamix.network.observations import observations
from thetamix.splits.parts import EVALUATION, TRAINING

DEPTHS = [0.1, 0.3, 0.5]
HOUR = np.timedelta64(1, "h")


def make_network(clusters: int, hours: int) -> xr.Dataset:
    rng = np.random.default_rng(0)
    shape = (clusters, len(DEPTHS), 3, hours)
    season = 0.08 * np.cos(2 * np.pi * np.arange(hours) / 8766)
    readings = rng.normal(0.28, 0.05, (*shape[:3], 1)) + season + rng.normal(0, 0.005, shape)
    return assemble(
        {
            "soil_moisture": readings.astype(np.float32),
            "precipitation": rng.gamma(0.05, 2.0, (clusters, hours)).astype(np.float32),
            "geology": np.array((["marl", "schist", "sandstone"] * clusters)[:clusters], dtype=object),
        },
        cluster_id=[f"c{number:02d}" for number in range(clusters)],
        depth=DEPTHS,
        replicate_label=["A", "B", "C"],
        time=np.datetime64("2012-01-01", "ns") + np.arange(1, hours + 1) * HOUR,
        step=HOUR,
        about={"title": "Random", "summary": "Random.", "source": "benchmark", "history": "now"},
    )


def make_predictions(network: xr.Dataset) -> dict[str, xr.Dataset]:
    """Draw mixtures; as in a file, those of a series are read when they are asked for."""
    rng = np.random.default_rng(1)
    lead = tuple(network.sizes[name] for name in ("cluster", "depth", "time"))

    def label(weight: np.ndarray, mean: np.ndarray, sd: np.ndarray) -> xr.Dataset:
        dimensions = ("cluster", "depth", "time", "component")
        names = ("component_weight", "component_mean", "component_sd")
        shape = np.broadcast_shapes(*(a.shape for a in (weight, mean, sd)), (*lead, 1))
        return xr.Dataset(
            {n: (dimensions, np.broadcast_to(a, shape)) for n, a in zip(names, (weight, mean, sd), strict=True)}
        )

    def normal(components: int, spread: float) -> np.ndarray:
        return 0.28 + spread * rng.standard_normal((*lead, components), dtype=np.float32)

    def widths(components: int) -> np.ndarray:
        return 0.02 + 0.04 * rng.random((*lead, components), dtype=np.float32)

    third = np.full((1, 1, 1, 3), 1 / 3, dtype=np.float32)
    # the same every year, and for all clusters of a geology
    day_of_year = np.arange(lead[2]) // 24 % 365
    daily = rng.normal(0.28, 0.06, (3, lead[1], 365, 64)).astype(np.float32)
    daily = daily[np.arange(lead[0]) % 3][:, :, day_of_year]
    return {
        "three Gaussians": label(third, normal(3, 0.05), widths(3)),
        "of replicates": label(third, normal(3, 0.05), widths(3)).assign_coords(
            replicate=("component", np.arange(3, dtype=np.int32))
        ),
        "climatology": label(np.float32([1 / 64]), daily, np.float32([0.02])),
        "point": label(np.float32([1.0]), normal(1, 0.05), np.float32([0.0])),
    }


def ignore(_share: float) -> None:
    pass


def main(hours: int = 27_132, clusters: int = 43) -> None:
    network = make_network(clusters, hours)
    readings = observations(network)
    day = np.arange(hours) // 24
    labels = np.where((day // 90) % 5 < 2, EVALUATION, TRAINING)
    part = Part.of(np.broadcast_to(labels, readings.shape))
    predictions = make_predictions(network)
    geology = [str(name) for name in network["geology"].to_numpy()]
    resampling = Resampling("blocks", np.timedelta64(90, "D"), 1000, 50, 0.8)
    pairs = readings.shape[0] * readings.shape[1] * int((labels == EVALUATION).sum())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{pairs:,} (series, step) pairs x {len(predictions)} forecasters; data take {before:.2f} GB")

    assessment = Assessment(network, readings, "all", geology, resampling)
    profile = cProfile.Profile()

    def assess_all() -> None:
        assessment.add(1, part, predictions, ignore)

    for label, call in (
        ("pass", assess_all),
        ("tables", assessment.tables),
        ("pass, by function", lambda: profile.runcall(assess_all)),
    ):
        wall, cpu = time.perf_counter(), time.process_time()
        call()
        print(f"{label:<18}{time.perf_counter() - wall:7.1f} s, {time.process_time() - cpu:.1f} s of a core")
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    for (file, _, name), (_, _, _, cumulative, _) in sorted(stats.items(), key=lambda item: -item[1][3]):
        if "thetamix/evaluation" in file and cumulative > 1 and not name.startswith("<"):
            print(f"    {file.rsplit('/', 1)[1]:<28}{name:<24}{cumulative:7.1f} s")
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"largest memory {after:.2f} GB, {after - before:.2f} GB beyond the data")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
