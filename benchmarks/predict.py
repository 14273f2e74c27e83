"""Prediction speed: exact windows, carried states and one more day, against a per-sample DataLoader loop.

    python benchmarks/predict.py               # 9 clusters x 2 years hourly, 7 pairs

All sides have one thread in one process, the same weights and network. Speed is in series-hours per second: the
mixture of one place, depth and hour, for a model that is not told the replicate. "One more day" is the time that
:meth:`Predictor.advance` takes for 24 hours of one series, warm. The last lines are medians.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from thetamix.model.files import Architecture, ModelCard, build_model, save_model
from thetamix.network.series import places
from thetamix.prediction.lstm import predict_series, read_inputs
from thetamix.prediction.predictor import Predictor
from thetamix.settings import PRESETS
from thetamix.simulation.network import simulate
from thetamix.training.inputs import describe_inputs
from thetamix.training.processor import prepare_processor

PAPER = PRESETS["paper"]
FORCING = [
    (n, False) for n in ("precipitation", "potential_evapotranspiration", "air_temperature", "discharge")
]
ATTRIBUTES = ["elevation", "soil_type", "land_use"]


class Samples(Dataset):
    """Windows, cut out one by one."""

    def __init__(self, forcing: np.ndarray, static: np.ndarray, sequence: int) -> None:
        self.forcing, self.static, self.sequence = (
            torch.from_numpy(forcing),
            torch.from_numpy(static),
            sequence,
        )

    def __len__(self) -> int:
        return len(self.forcing) - self.sequence + 1

    def __getitem__(self, first: int) -> torch.Tensor:
        static = self.static.expand(self.sequence, -1)
        return torch.cat([self.forcing[first : first + self.sequence], static], dim=1)


def speed_of(work, hours: int) -> float:
    began = time.perf_counter()
    work()
    return hours / (time.perf_counter() - began)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clusters", type=int, default=9)
    parser.add_argument("--years", type=float, default=2.0)
    parser.add_argument("--pairs", type=int, default=7)
    options = parser.parse_args()
    prepare_processor()
    network = simulate(options.clusters, options.years, 1, truth_profiles=0).network.load()
    readings = network["soil_moisture"].to_numpy()
    spec = describe_inputs(
        network,
        np.isfinite(readings),
        readings,
        PAPER["sequence"],
        forcing=FORCING,
        attributes=ATTRIBUTES,
        condition_on_replicate=False,
    )
    torch.manual_seed(1)
    shape = Architecture(PAPER["hidden"], PAPER["layers"], PAPER["dropout"], 3, PAPER["forget_gate_bias"])
    windowed = ModelCard(shape, spec, PAPER["sequence"], 1.0, False, {})
    carried = ModelCard(shape, spec, PAPER["sequence"], 1.0, False, {}, warm_up=PAPER["sequence"])
    model = build_model(windowed).eval()
    inputs = read_inputs(network, windowed, "error")
    members = places(network)
    hours = network.sizes["time"]
    one = members[:1]

    def loop() -> None:
        samples = Samples(inputs.forcing[0], inputs.static[0, 0], PAPER["sequence"])
        with torch.no_grad():
            for batch in DataLoader(samples, batch_size=PAPER["batch"]):
                model(batch.transpose(0, 1))

    with tempfile.TemporaryDirectory() as folder:
        save_model(Path(folder), model, carried)
        predictor = Predictor([Path(folder)], "error")
        single = network.isel(cluster=[0], depth=[0])
        _, state = predictor.advance(single.isel(time=slice(0, 1000)), None)
        tomorrow = single.isel(time=slice(1000, 1024)).load()
        days = []
        for _ in range(200):
            began = time.perf_counter()
            predictor.advance(tomorrow, state)
            days.append(1e3 * (time.perf_counter() - began))
    speeds = {"windows": [], "carried": [], "loop": []}
    for number in range(options.pairs):
        sides = {
            "windows": lambda: list(predict_series(model, windowed, inputs, one)),
            "carried": lambda: list(predict_series(model, carried, inputs, members)),
            "loop": loop,
        }
        for name in sides if number % 2 == 0 else reversed(sides):
            speeds[name].append(speed_of(sides[name], hours * (len(members) if name == "carried" else 1)))
        print(
            f"pair {number + 1}: " + ", ".join(f"{name} {s[-1]:,.0f}/s" for name, s in speeds.items()),
            flush=True,
        )
    for name in ("windows", "carried"):
        ratios = [a / b for a, b in zip(speeds[name], speeds["loop"], strict=True)]
        print(
            f"{name}: {statistics.median(speeds[name]):,.0f} series-hours/s, {statistics.median(ratios):.1f} "
            f"times the loop's ({min(ratios):.1f} to {max(ratios):.1f})"
        )
    print(f"one more day of one series, warm: median {statistics.median(days):.2f} ms")


if __name__ == "__main__":
    main()
