"""Training speed: thetamix against the loop that the field writes and against neuralhydrology, on equal data.

    python benchmarks/train.py                 # about 40 minutes
    python benchmarks/train.py --quick         # below 20 minutes

The network is simulated (9 clusters x 2 years hourly); models, batches and windows are those of preset ``paper``.
Every side has all cores: thetamix as `thetamix run` uses them, a fit for each core in a process of its own; the
others one fit with torch's own number of threads. The sides take turns. Speed is in sensor-windows per second: one
reading of one sensor, with the window that leads to it. "One fit alone" has all cores, too; "a fit a core" is
the others run as thetamix runs, several at a time in processes of one thread, which their users would have to see to.
Then preset ``fast`` is trained to the held-out likelihood of the loop's five epochs, with three seeds
(``time_to_quality.py``).

Exit code 0: all ratios hold; 1: one does not; 3: the host or other processes used too much of the processors.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from sides.data import MODELS, endless_training, operations, read_data
from sides.field import Loop
from sides.measure import Claim, Side, Sides, Watch, peak_environment, peak_flops, serve, verdict
from sides.peer import environment, write_peer_data
from time_to_quality import times_faster

from thetamix.network.netcdf import write_network
from thetamix.simulation.simulate import simulate
from thetamix.system.device import prepare_processor
from thetamix.system.workers import cores
from thetamix.training.loop import EpochProgress, FitJob, fit

SIDES = Path(__file__).parent / "sides"
ONE_THREAD = ["env", "OMP_NUM_THREADS=1"]


class TimeIsUpError(Exception):
    """The measurement is over."""


def ours(path: Path, model: str, threads: int = 1) -> Callable[[float], dict[str, float]]:
    """Measure the package's own loop, as a study runs it: several threads where no other fit has the cores."""
    prepare_processor()
    data = read_data(path)
    card = data.card(model)
    windows = data.windows(card, data.trained)
    per_window = windows.readings / len(windows)

    def measure(seconds: float) -> dict[str, float]:
        began: list[tuple[float, int]] = []

        def report(progress: EpochProgress) -> None:
            now = time.perf_counter()
            if not began:
                began.append((now, progress.readings))
            elif now - began[0][0] > seconds:
                raise TimeIsUpError((progress.readings - began[0][1]) / (now - began[0][0]))

        with tempfile.TemporaryDirectory() as folder:
            try:
                job = FitJob(Path(folder), "benchmark", 1, threads=threads)
                fit(card, windows, None, endless_training(), job, report)
            except TimeIsUpError as done:
                speed = float(done.args[0])
                return {"value": speed, "flops": operations(card) * speed / per_window}
        raise RuntimeError("an endless fit ended")

    return measure


def loop(path: Path, model: str) -> Callable[[float], dict[str, float]]:
    """Measure the field's loop."""
    data = read_data(path)
    card = data.card(model)
    going = Loop(card, data.windows(card, data.trained))
    return lambda seconds: {"value": going.speed(seconds)}


def peak() -> Callable[[float], dict[str, float]]:
    """Measure what one thread can do at all."""
    return lambda seconds: {"value": peak_flops(seconds)}


def start_sides(path: Path, folder: Path) -> dict[str, Side]:
    def side(name: str, processes: int, before: Sequence[str] = ()) -> Side:
        command = [*before, sys.executable, __file__, "--side", name, "--network", str(path)]
        return Side(command, processes, folder / "sides.log")

    configuration = write_peer_data(data := read_data(path), data.card("3G-LSTM"), folder / "peer")
    other = [str(environment()), str(SIDES / "peer_side.py"), "train", str(configuration)]
    return {
        "peak": side("peak", cores(), peak_environment()),
        **{model: side(f"ours {model}", cores()) for model in MODELS},
        "one fit alone": side("alone 3G-LSTM", 1),
        **{f"loop {model}": side(f"loop {model}", 1) for model in MODELS},
        **{f"loop {model}, a fit a core": side(f"loop {model}", cores(), ONE_THREAD) for model in MODELS},
        "neuralhydrology": Side(other, 1, folder / "sides.log"),
        "neuralhydrology, a fit a core": Side([*ONE_THREAD, *other], cores(), folder / "sides.log"),
    }


def measure_sides(options: argparse.Namespace, seconds: float) -> list[Claim]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "network.nc"
        write_network(simulate(options.clusters, options.years, 1, truth_profiles=0).network, path)
        with Sides(start_sides(path, folder)) as sides:
            rounds = sides.take_turns(options.rounds, seconds)

    def ratio(one: str, other: str) -> list[float]:
        return [now[one]["value"] / now[other]["value"] for now in rounds]

    for side in rounds[0]:
        values = sorted(now[side]["value"] for now in rounds)
        memory = max(now[side]["peak_gb"] for now in rounds)
        unit = "operations/s" if side == "peak" else "sensor-windows/s"
        print(f"{side}: median {values[len(values) // 2]:,.0f} {unit}, {memory:.2f} GB at most")
    return [
        Claim("3G-LSTM / loop", ratio("3G-LSTM", "loop 3G-LSTM"), 7),
        Claim("3G-LSTM / neuralhydrology", ratio("3G-LSTM", "neuralhydrology"), 11),
        Claim("condLSTM / loop", ratio("condLSTM", "loop condLSTM"), 2.4),
        Claim("one 3G-LSTM alone / loop", ratio("one fit alone", "loop 3G-LSTM"), None),
        Claim("one 3G-LSTM alone / neuralhydrology", ratio("one fit alone", "neuralhydrology"), None),
        *(
            Claim(f"{one} / {other}, a fit a core", ratio(one, f"{other}, a fit a core"), None)
            for one, other in (
                ("3G-LSTM", "loop 3G-LSTM"),
                ("3G-LSTM", "neuralhydrology"),
                ("condLSTM", "loop condLSTM"),
            )
        ),
        *(
            Claim(f"{model}, share of peak", [now[model]["flops"] / now["peak"]["value"] for now in rounds], 0.3)
            for model in MODELS
        ),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clusters", type=int, default=9)
    parser.add_argument("--years", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="shorter measurements, the same claims")
    parser.add_argument("--side", help=argparse.SUPPRESS)
    parser.add_argument("--network", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side == "peak":
        serve(peak())
    elif options.side:
        kind, model = options.side.split()
        kinds = {"ours": ours, "alone": partial(ours, threads=cores()), "loop": loop}
        serve(kinds[kind](options.network, model))
    else:
        watch = Watch()
        claims = measure_sides(options, 2.0 if options.quick else 12.0)
        faster = times_faster(20, 5.0, seeds=3, fits=cores())
        claims.append(Claim("time to the loop's likelihood / preset fast", faster, 12))
        return verdict(claims, watch)
    return 0


if __name__ == "__main__":
    sys.exit(main())
