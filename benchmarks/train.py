"""Training speed: 3G-LSTM as thetamix trains it against a per-sample DataLoader loop of the same model.

    python benchmarks/train.py                 # 43 clusters x 5 years hourly, preset paper, 5 pairs
    python benchmarks/train.py --epoch         # and one whole epoch

Both sides have all cores: ours as `thetamix run` uses them, one fit a core in a process of one thread; the loop in
one process with torch's own number of threads. They run in alternating pairs on the same network and split. Speed is
in sensor-windows per second: one reading of one sensor, with the window that leads to it. The last lines are medians,
their ratio, the peak resident memory of all processes of a side, and the processor time that the host took away.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
from torch.utils.data import DataLoader, Dataset

from thetamix.crew import cores
from thetamix.durations import parse_duration
from thetamix.model.files import Architecture, ModelCard, build_model
from thetamix.network.netcdf import open_network, write_network
from thetamix.network.observations import observations
from thetamix.settings import PRESETS
from thetamix.simulation.network import simulate
from thetamix.splits.draw import draw_split, usable_readings
from thetamix.splits.parts import TRAINING
from thetamix.training.inputs import describe_inputs
from thetamix.training.loop import Progress, fit
from thetamix.training.processor import prepare_processor
from thetamix.training.schedule import Schedule
from thetamix.training.windows import Windows, training_windows

PAPER = PRESETS["paper"]
FORCING = [
    (n, False) for n in ("precipitation", "potential_evapotranspiration", "air_temperature", "discharge")
]
ATTRIBUTES = ["elevation", "soil_type", "land_use"]


class TimeIsUpError(Exception):
    """The measurement is over."""


def load(path: Path) -> tuple[ModelCard, Windows]:
    with open_network(path) as network:
        observed = observations(network)
        present = usable_readings(observed, "all")
        split = {"scheme": "blocks", "block": parse_duration("90d"), "gap": parse_duration("0d")}
        part = draw_split(network, present, 1, evaluation_share=0.4, **split)
        trained = (part == TRAINING) & present
        readings = observed.to_numpy()
        chosen = {"forcing": FORCING, "attributes": ATTRIBUTES, "condition_on_replicate": False}
        spec = describe_inputs(network, trained, readings, PAPER["sequence"], **chosen)
        windows = training_windows(network, trained, readings, spec, PAPER["sequence"])
    architecture = Architecture(
        PAPER["hidden"], PAPER["layers"], PAPER["dropout"], 3, PAPER["forget_gate_bias"]
    )
    return ModelCard(architecture, spec, PAPER["sequence"], 1.0, False, {}), windows


def ours(card: ModelCard, windows: Windows, seconds: float) -> float:
    """Sensor-windows per second of the package's own loop."""
    prepare_processor()
    began: list[tuple[float, int]] = []

    def report(progress: Progress) -> None:
        now = time.perf_counter()
        if not began:
            began.append((now, progress.readings))
        elif now - began[0][0] > seconds:
            raise TimeIsUpError((progress.readings - began[0][1]) / (now - began[0][0]))

    schedule = Schedule(1, PAPER["batch"], PAPER["learning_rate"], "decay", 0.5, None, 0.0, None, False)
    with tempfile.TemporaryDirectory() as folder:
        try:
            fit(card, windows, None, schedule, 1, Path(folder), "benchmark", report)
        except TimeIsUpError as done:
            return float(done.args[0])
    raise RuntimeError("the epoch ended before the time was up: simulate a larger network")


class Samples(Dataset):
    """One reading of one sensor and its window, cut out one by one."""

    def __init__(self, windows: Windows) -> None:
        self.windows = windows
        window, replicate = torch.isfinite(windows.target).nonzero(as_tuple=True)
        self.window, self.replicate = window.numpy(), replicate.numpy()

    def __len__(self) -> int:
        return len(self.window)

    def __getitem__(self, number: int) -> tuple[torch.Tensor, torch.Tensor]:
        w, index = self.windows, self.window[number]
        first = int(w.first[index])
        static = w.static[w.row[index]].expand(w.sequence, -1)
        return torch.cat([w.forcing[first : first + w.sequence], static], dim=1), w.target[
            index, self.replicate[number]
        ]


def loop(card: ModelCard, windows: Windows, seconds: float) -> float:
    """Sensor-windows per second of the loop that the field writes."""
    torch.manual_seed(1)
    model = build_model(card)
    optimizer = torch.optim.Adam(model.parameters(), lr=PAPER["learning_rate"])
    done, began = 0, None
    for number, (inputs, target) in enumerate(
        DataLoader(Samples(windows), batch_size=PAPER["batch"], shuffle=True)
    ):
        if number == 10:
            began = time.perf_counter()
        log_weight, mean, log_sd = model(inputs.transpose(0, 1))
        normal = torch.distributions.Normal(mean, log_sd.exp())
        loss = -torch.logsumexp(log_weight + normal.log_prob(target[:, None]), dim=1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if began is not None:
            done += len(target)
            if time.perf_counter() - began > seconds:
                return done / (time.perf_counter() - began)
    raise RuntimeError("the epoch ended before the time was up: simulate a larger network")


def epoch(card: ModelCard, windows: Windows) -> float:
    """Seconds of one whole epoch."""
    prepare_processor()
    schedule = Schedule(1, PAPER["batch"], PAPER["learning_rate"], "decay", 0.5, None, 0.0, None, False)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        fit(card, windows, None, schedule, 1, Path(folder), "benchmark", lambda _: None)
    return time.perf_counter() - began


def steal() -> tuple[int, int]:
    fields = [int(x) for x in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    return fields[7], sum(fields)


def side(name: str, path: Path, seconds: float, processes: int) -> dict[str, float]:
    """Run a side in processes of its own: speeds and memory are summed."""
    command = [sys.executable, __file__, "--side", name, "--network", str(path), "--seconds", str(seconds)]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(processes)]
    results = [json.loads(process.communicate()[0]) for process in started]
    return results[0] | {key: sum(result[key] for result in results) for key in ("value", "peak_gb")}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clusters", type=int, default=43)
    parser.add_argument("--years", type=float, default=5.0)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--epoch", action="store_true", help="also train one whole epoch")
    parser.add_argument("--network", type=Path, help="instead of simulating one")
    parser.add_argument("--side", choices=["ours", "loop", "epoch"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        card, windows = load(options.network)
        run = {"ours": ours, "loop": loop}.get(options.side)
        speed = run(card, windows, options.seconds) if run else epoch(card, windows)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(
            json.dumps(
                {"value": speed, "peak_gb": peak, "windows": len(windows), "readings": windows.readings}
            )
        )
        return
    with tempfile.TemporaryDirectory() as folder:
        path = options.network or Path(folder) / "network.nc"
        if options.network is None:
            write_network(simulate(options.clusters, options.years, 1, truth_profiles=0).network, path)
        before = steal()
        pairs = []
        for number in range(options.pairs):
            order = ("ours", "loop") if number % 2 == 0 else ("loop", "ours")
            both = {
                name: side(name, path, options.seconds, cores() if name == "ours" else 1) for name in order
            }
            pairs.append(both)
            mine, theirs = both["ours"]["value"], both["loop"]["value"]
            print(
                f"pair {number + 1}: ours {mine:,.0f}/s, loop {theirs:,.0f}/s, {mine / theirs:.1f}",
                flush=True,
            )
        after = steal()
        one = pairs[0]["ours"]
        print(f"{cores()} cores; {one['windows']:,} windows, {one['readings']:,} readings")
        print(
            f"3G-LSTM, preset paper: {statistics.median(p['ours']['value'] for p in pairs):,.0f} sensor-windows/s"
        )
        print(
            f"DataLoader loop: {statistics.median(p['loop']['value'] for p in pairs):,.0f} sensor-windows/s"
        )
        ratios = [p["ours"]["value"] / p["loop"]["value"] for p in pairs]
        print(f"ratio: median {statistics.median(ratios):.1f}, {min(ratios):.1f} to {max(ratios):.1f}")
        print(
            f"peak resident memory: ours {max(p['ours']['peak_gb'] for p in pairs):.2f} GB in {cores()} fits, "
            f"loop {max(p['loop']['peak_gb'] for p in pairs):.2f} GB"
        )
        print(
            f"processor time taken by the host: {(after[0] - before[0]) / max(after[1] - before[1], 1):.1%}"
        )
        if options.epoch:
            print(f"one epoch, one fit alone: {side('epoch', path, 0, 1)['value']:,.0f} s")


if __name__ == "__main__":
    main()
