"""Time to quality: how long preset ``fast`` needs for the held-out likelihood of the field's loop after five epochs.

    python benchmarks/time_to_quality.py               # 20 clusters x 5 years daily, 3 seeds: about 13 minutes
    python benchmarks/time_to_quality.py --alone       # one fit of thetamix on one core

Both train a 3G-LSTM on the training part of the same split, one after the other: thetamix as `thetamix run` trains
several fits, one a core in a process of one thread, so that a fit takes its share of the time; the loop in one
process with torch's own number of threads. They are scored on the same evaluated windows; the clock runs while they
train, not while they are scored. The loop is that of ``sides/field.py`` with the paper's batch and learning rate.
Ours is scored several times an epoch, and is there once it is never worse again. The record is daily, because
many seasons have to be held out for a likelihood that says something: the loop's five epochs of 43 clusters x 5 years
hourly would take three hours for each seed.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from sides.data import PAPER, BenchmarkData, split_network
from sides.field import Loop

from thetamix.simulation.simulate import simulate
from thetamix.system.device import prepare_processor
from thetamix.system.workers import cores
from thetamix.training import loop as training_loop
from thetamix.training.settings import Training
from thetamix.training.validation import validate

EPOCHS = 5
#: Of each epoch of ours: how often it is scored.
SCORED = 4
STEP_HOURS = 24
Scored = list[tuple[float, float]]


def loop(data: BenchmarkData, seed: int) -> Scored:
    """Seconds and held-out likelihood of the field's loop after its last epoch."""
    card = data.card("3G-LSTM")
    going = Loop(card, data.windows(card, data.trained), seed)
    began = time.perf_counter()
    for epoch in range(EPOCHS):
        going.epoch(PAPER["learning_rate"] * PAPER["learning_rate_factor"] ** epoch)
    spent = time.perf_counter() - began
    return [(spent, validate(going.model, data.windows(card, data.evaluated), 1.0)[0])]


def ours(data: BenchmarkData, seed: int) -> Scored:
    """Seconds and held-out likelihood along the cycle of preset ``fast``, without its own validation part."""
    prepare_processor()
    settings = Training.model_validate({"preset": "fast"})
    card = data.card("3G-LSTM")
    windows, held_out = (data.windows(card, part) for part in (data.trained, data.evaluated))
    drawn = min(settings.windows_per_epoch, len(windows)) // SCORED
    changes = {"epochs": settings.epochs * SCORED, "windows_per_epoch": drawn, "patience": None}
    settings = settings.model_copy(update=changes)
    card = replace(card, architecture=replace(card.architecture, dropout=settings.dropout))
    scored: Scored = []
    began = time.perf_counter()

    def stop_the_clock(*arguments):
        nonlocal began
        spent = (scored[-1][0] if scored else 0.0) + time.perf_counter() - began
        values = validate(*arguments)
        scored.append((spent, values[0]))
        began = time.perf_counter()
        return values

    training_loop.validate = stop_the_clock
    with tempfile.TemporaryDirectory() as folder:
        job = training_loop.FitJob(Path(folder), "benchmark", seed)
        training_loop.fit(card, windows, held_out, settings, job, lambda _: None)
    return scored


def times_faster(clusters: int, years: float, *, seeds: int, fits: int) -> list[float]:
    """How many times faster preset ``fast`` is at the loop's likelihood, several fits at a time, for each seed."""
    ratios = []
    for seed in range(1, seeds + 1):
        size = ["--clusters", str(clusters), "--years", str(years), "--seed", str(seed)]
        (theirs,) = _side_by_side("loop", size, 1)
        seconds, quality = theirs[-1]
        together = _side_by_side("ours", size, fits)
        mine = [(max(spent for spent, _ in scored) / fits, scored[0][1]) for scored in zip(*together, strict=True)]
        reached = there(mine, quality)
        ratios.append(seconds / reached)
        each = ", ".join(f"{nll:.3f} at {spent:.1f} s" for spent, nll in mine[SCORED - 1 :: SCORED])
        print(
            f"seed {seed}: loop {quality:.3f} at {seconds:.0f} s; fast {each}; "
            f"there at {reached:.1f} s, {ratios[-1]:.1f} times faster",
            flush=True,
        )
    return ratios


def there(scored: Scored, quality: float) -> float:
    """When a likelihood is reached for good; infinity where it is not."""
    reached = np.inf
    for spent, nll in reversed(scored):
        if nll > quality:
            break
        reached = spent
    return reached


def _side_by_side(side: str, size: list[str], processes: int) -> list[Scored]:
    command = [sys.executable, __file__, "--side", side, *size]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(processes)]
    return [json.loads(process.communicate()[0]) for process in started]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clusters", type=int, default=20)
    parser.add_argument("--years", type=float, default=5.0)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--alone", action="store_true", help="one fit of thetamix, on one core")
    parser.add_argument("--seed", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--side", choices=["ours", "loop"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        network = simulate(
            options.clusters, options.years, options.seed, step_hours=STEP_HOURS, truth_profiles=0
        ).network.load()
        side = {"ours": ours, "loop": loop}[options.side]
        print(json.dumps(side(split_network(network, options.seed, "30d"), options.seed)))
        return
    fits = 1 if options.alone else cores()
    ratios = times_faster(options.clusters, options.years, seeds=options.seeds, fits=fits)
    print(
        f"time to the loop's likelihood: median {statistics.median(ratios):.1f} times faster, "
        f"{min(ratios):.1f} to {max(ratios):.1f}"
    )


if __name__ == "__main__":
    main()
