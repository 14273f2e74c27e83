"""Prediction speed: exact windows (and in bfloat16), carried states, one more day; the field's loop, neuralhydrology.

    python benchmarks/predict.py               # about 10 minutes
    python benchmarks/predict.py --quick       # about 5 minutes

The sides have the same untrained 3G-LSTM of preset ``paper`` on the same simulated network (hourly), take turns, and
have all cores, each in one process: thetamix predicts a series in a thread for each core, as `thetamix predict` does,
the others have torch's own number of threads.
Speed is in sensor-hours per second: one hour of one sensor. thetamix predicts the replicates of a series in one pass,
the others a sensor after the other; "a pass" leaves that out. neuralhydrology is measured by its tester's
``evaluate()``, which draws one sample. "One more day" is the time that ``Predictor.advance`` takes for 24 hours of
one series, warm.

Exit code 0: all ratios hold; 1: one does not; 3: the host or other processes used too much of the processors.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
from sides import field
from sides.data import read_data
from sides.measure import Claim, Side, Sides, Watch, serve, verdict
from sides.peer import environment, write_peer_data

from thetamix.model.mixture_lstm import MixtureLSTM
from thetamix.model.model_file import ModelCard, build_model, save_model
from thetamix.network.netcdf import write_network
from thetamix.network.series import places
from thetamix.prediction.block import predict_series
from thetamix.prediction.model_inputs import read_inputs
from thetamix.prediction.predictor import Predictor
from thetamix.simulation.simulate import simulate
from thetamix.system.device import prepare_processor
from thetamix.system.workers import cores

SIDES = Path(__file__).parent / "sides"
#: Of the record whose windows are predicted: all series of it in about two seconds.
HOURS = 2000
#: Upper bound of the median of one more day [ms].
ONE_DAY = 2.0


def untrained(card: ModelCard) -> MixtureLSTM:
    torch.manual_seed(1)
    return build_model(card).eval()


def ours(path: Path, *, carried: bool = False, bf16: bool = False) -> Callable[[float], dict[str, float]]:
    """Measure the package's prediction, series after series, or several places side by side."""
    prepare_processor()
    data = read_data(path)
    card = data.card("3G-LSTM")
    card = replace(card, warm_up=card.sequence) if carried else card
    network = data.network if carried else data.network.isel(time=slice(HOURS))
    model, inputs = untrained(card), read_inputs(network, card, "error")
    dtype = torch.bfloat16 if bf16 else torch.float32
    members = places(network)
    # Of a series, on average: some profiles have fewer than the network has labels for.
    sensors = int(network["soil_moisture"].notnull().any("time").sum()) / len(members)
    predicted = len(members) * (network.sizes["time"] - card.sequence + 1)

    def measure(seconds: float) -> dict[str, float]:
        done, began = 0, time.perf_counter()
        while (spent := time.perf_counter() - began) < seconds:
            for _ in predict_series(model, card, inputs, members, None, cores(), dtype):
                pass
            done += predicted
        return {"value": done / spent * sensors, "passes": done / spent}

    return measure


def one_day(path: Path) -> Callable[[float], dict[str, float]]:
    """Measure one more day of one series [ms]."""
    prepare_processor()
    data = read_data(path)
    card = data.card("3G-LSTM")
    single = data.network.isel(cluster=[0], depth=[0])
    with tempfile.TemporaryDirectory() as folder:
        save_model(Path(folder), untrained(card), replace(card, warm_up=card.sequence))
        predictor = Predictor([Path(folder)], "error")
        _, state = predictor.advance(single.isel(time=slice(0, 1000)), None)
    tomorrow = single.isel(time=slice(1000, 1024)).load()

    def measure(seconds: float) -> dict[str, float]:
        days = []
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            began = time.perf_counter()
            predictor.advance(tomorrow, state)
            days.append(1e3 * (time.perf_counter() - began))
        return {"value": statistics.median(days)}

    return measure


def loop(path: Path) -> Callable[[float], dict[str, float]]:
    """Measure the field's loop."""
    data = read_data(path)
    card = data.card("3G-LSTM")
    model, samples = untrained(card), field.prediction_samples(data, card)
    return lambda seconds: {"value": field.prediction_speed(model, samples, seconds)}


def start_sides(path: Path, folder: Path) -> dict[str, Side]:
    def side(name: str) -> Side:
        command = [sys.executable, __file__, "--side", name, "--network", str(path)]
        return Side(command, 1, folder / "sides.log")

    configuration = write_peer_data(data := read_data(path), data.card("3G-LSTM"), folder / "peer")
    other = [str(environment()), str(SIDES / "peer_side.py"), "predict", str(configuration)]
    return {
        **{name: side(name) for name in ("windows", "windows in bf16", "carried", "one more day", "loop")},
        "neuralhydrology": Side(other, 1, folder / "sides.log"),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clusters", type=int, default=9)
    parser.add_argument("--years", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="shorter measurements, the same claims")
    parser.add_argument("--side", help=argparse.SUPPRESS)
    parser.add_argument("--network", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        serve(
            {
                "windows": lambda: ours(options.network),
                "windows in bf16": lambda: ours(options.network, bf16=True),
                "carried": lambda: ours(options.network, carried=True),
                "one more day": lambda: one_day(options.network),
                "loop": lambda: loop(options.network),
            }[options.side]()
        )
        return 0
    watch = Watch()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "network.nc"
        write_network(simulate(options.clusters, options.years, 1, truth_profiles=0).network, path)
        with Sides(start_sides(path, folder)) as sides:
            rounds = sides.take_turns(options.rounds, 4.0 if options.quick else 10.0)

    def ratio(one: str, other: str, key: str = "value") -> list[float]:
        return [now[one][key] / now[other]["value"] for now in rounds]

    for side in rounds[0]:
        value = statistics.median(now[side]["value"] for now in rounds)
        memory = max(now[side]["peak_gb"] for now in rounds)
        shown = f"{value:.2f} ms" if side == "one more day" else f"{value:,.0f} sensor-hours/s"
        print(f"{side}: median {shown}, {memory:.2f} GB at most")
    claims = [
        Claim("windows / loop", ratio("windows", "loop"), 10),
        Claim("windows / neuralhydrology", ratio("windows", "neuralhydrology"), 30),
        Claim("windows in bf16 / loop", ratio("windows in bf16", "loop"), None),
        Claim("carried / neuralhydrology", ratio("carried", "neuralhydrology"), 300),
        Claim("windows, a pass / loop", ratio("windows", "loop", "passes"), None),
        Claim("windows, a pass / neuralhydrology", ratio("windows", "neuralhydrology", "passes"), None),
        Claim(f"{ONE_DAY:g} ms / one more day", [ONE_DAY / now["one more day"]["value"] for now in rounds], 1),
    ]
    return verdict(claims, watch)


if __name__ == "__main__":
    sys.exit(main())
