"""How the work grows with the network: CPU seconds and peak memory of each step, and the exponent of their growth.

    python benchmarks/growth.py                                   # all steps; exits 1 where an exponent is above 1.1
    python benchmarks/growth.py --steps check split --sizes 100 200 400

Networks of each size are made of the stations of ``ismn-us-2015/network.nc`` in the folder that THETAMIX_REAL_DATA
names, else of simulated clusters: a random choice, and beyond their number copies with other names, places, weather.
Import, check, qc and split work on a year of hours, the steps of a study on each 24th of them. Each step runs in a
process of its own with one thread; what is told is its CPU time (user and system) and its peak memory.

Starting Python takes as long for few stations as for many, which would hide growth. So the exponent is that of the
time beyond the time for BASE stations, over the stations beyond BASE: a line through log and log, where that time is
long enough to be told from chance. For fits it is over readings, of which a station has more or fewer.
"""

import argparse
import json
import math
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xarray as xr

STATIONS = "ismn-us-2015/network.nc"
BASE = 5  # stations
REPEATS = 2  # of which the fastest counts: neighbours on the same processor only make work slower
LEAST = 0.5  # [s] beyond the time of BASE: below, chance decides
LIMIT = 1.1
SIZES = (25, 50, 100, 200)
#: Steps that are measured with more stations than the others.
BEYOND = {"check": (400, 800), "split": (400, 800), "score": (400, 800)}
APART = 1.5  # [degrees] so far east of each other lie the copies of a station
DAY = 24  # steps of the hourly network
FORECASTERS = {"LSTM": True, "annual cycle": False, "annual cycle of the series": False}  # name -> is it fitted
STUDY = """
name: growth
network: network.nc
inputs: {forcing: [precipitation, air_temperature], attributes: [elevation]}
split: {scheme: blocks, block: 30d}
training:
  {preset: fast, hidden: 16, epochs: 1, sequence: 32, windows_per_epoch: null, validation_share: 0, patience: null}
forecasters:
  LSTM: {kind: lstm, components: 3}
  annual cycle: {kind: annual_cycle, by: [depth]}
  annual cycle of the series: {kind: annual_cycle, by: series}
seeds: [1]
evaluation: {group_by: [depth]}
"""
#: Does a step of the resolved study in a folder.
PERFORM = """
import sys
from pathlib import Path
from thetamix.study.run import perform
perform(1, Path(sys.argv[1]), sys.argv[2], "0")
"""


def commands(folder: Path) -> dict[str, list[list[str]]]:
    """Name the commands of each step, in order."""

    def thetamix(*words: object) -> list[str]:
        return [sys.executable, "-m", "thetamix.cli", *map(str, words)]

    def step(study: str, name: str) -> list[str]:
        return [sys.executable, "-c", PERFORM, str(folder / study), name]

    hourly = folder / "hourly" / "network.nc"
    return {
        "import": [thetamix("import", "ismn", folder / "archive", "-o", folder / "imported.nc")],
        "check": [thetamix("check", hourly)],
        "qc": [thetamix("qc", hourly, "-o", folder / "flagged.nc")],
        "split": [step("hourly", "split")],
        "fit": [step("daily", f"fit {name}-s1") for name, fitted in FORECASTERS.items() if fitted],
        "forecast": [step("daily", f"forecast {name}-s1") for name in FORECASTERS],
        "score": [step("daily", "score")],
        "figures": [step("daily", "figures")],
        "report": [step("daily", "report")],
    }


#: What a step reads of other steps.
NEEDS = {"forecast": ("fit",), "score": ("fit", "forecast"), "figures": ("fit", "forecast", "score")}
NEEDS["report"] = (*NEEDS["figures"], "figures")


def main() -> int:
    """Measure, print, and judge."""
    steps = tuple(commands(Path()))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", nargs="+", choices=steps, default=steps)
    parser.add_argument("--sizes", nargs="+", type=int, help="Numbers of stations; for all steps chosen.")
    chosen = parser.parse_args()
    sizes = {step: chosen.sizes or (*SIZES, *BEYOND.get(step, ())) for step in chosen.steps}
    taken: dict[str, dict[int, float]] = {step: {} for step in chosen.steps}
    readings: dict[int, int] = {}
    with tempfile.TemporaryDirectory() as name:
        stations = source(Path(name))
        for size in sorted({BASE}.union(*sizes.values())):
            wanted = [step for step in chosen.steps if size in (BASE, *sizes[step])]
            folder = Path(name) / "study"
            readings[size] = made(folder, stations, size, "import" in wanted)
            needed = {step for later in wanted for step in (later, *NEEDS.get(later, ()))}
            for step in filter(needed.__contains__, steps):
                seconds, peak = min(measure(commands(folder)[step]) for _ in range(REPEATS))
                if step in wanted:
                    taken[step][size] = seconds
                    print(f"{step:9} {size:5} stations {seconds:8.2f} s {peak:6.0f} MB", flush=True)
            shutil.rmtree(folder)
    steep = [step for step, seconds in taken.items() if judge(step, seconds, readings) > LIMIT]
    return int(bool(steep))


def judge(step: str, seconds: dict[int, float], readings: dict[int, int]) -> float:
    """Print and return the exponent of a step's growth; 0 where it is too fast for one."""
    amount = readings if step == "fit" else {size: size for size in seconds}
    beyond = {amount[size] - amount[BASE]: seconds[size] - seconds[BASE] for size in seconds}
    points = [(math.log(more), math.log(longer)) for more, longer in beyond.items() if longer > LEAST]
    if len(points) < 2:
        print(f"{step:9} too fast at these sizes to say")
        return 0.0
    exponent = statistics.linear_regression(*zip(*points, strict=True)).slope
    print(f"{step:9} exponent {exponent:5.2f}" + (f"  above {LIMIT}" if exponent > LIMIT else ""))
    return exponent


def measure(step: list[list[str]]) -> tuple[float, float]:
    """Run commands: CPU seconds of all of them, and the largest peak [MB]."""
    seconds, peak = 0.0, 0.0
    for command in step:
        child = subprocess.Popen(
            command, env=os.environ | {"OMP_NUM_THREADS": "1"}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        assert child.stderr is not None
        errors = child.stderr.read().decode()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in (0, 2 if "check" in command else 0):  # check says 2 where data are wrong
            sys.exit(f"{' '.join(command)}: failed\n{errors}")
        seconds += used.ru_utime + used.ru_stime
        peak = max(peak, used.ru_maxrss / 1024)
    return seconds, peak


def made(folder: Path, stations: Path, size: int, archive: bool) -> int:
    """Make the networks of a size in another process, which keeps this one small; returns the number of readings."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(make, (folder, stations, size, archive))


def make(folder: Path, stations: Path, size: int, archive: bool) -> int:
    """Write an hourly and a daily network, the study beside each, and an archive; returns the daily readings."""
    import numpy as np

    from thetamix.network.netcdf import write_network
    from thetamix.study.environment import describe_environment, hash_once
    from thetamix.study.resolve import load_study, resolve_steps, to_yaml

    hourly = tiled(stations, size)
    for name, every in {"hourly": 1, "daily": DAY}.items():
        network = hourly.isel(time=slice(every - 1, None, every))
        step = np.timedelta64(every, "h")
        stamps = network["time"].to_numpy()
        network["time_bounds"] = network["time_bounds"].copy(data=np.stack([stamps - step, stamps], axis=-1))
        (folder / name).mkdir(parents=True)
        write_network(network, folder / name / "network.nc")
        (folder / name / "study.yml").write_text(STUDY, encoding="utf-8")
        study = resolve_steps(load_study(folder / name / "study.yml"), step)
        (folder / name / "study.yml").write_text(to_yaml(study), encoding="utf-8")
        environment = describe_environment(hash_once(folder / name / "network.nc", folder / name / "hash"))
        (folder / name / "environment.json").write_text(json.dumps(environment), encoding="utf-8")
    if archive:
        write_archive(folder / "archive", hourly)
    subprocess.run([sys.executable, "-c", PERFORM, str(folder / "daily"), "split"], check=True)
    return int(np.isfinite(network["soil_moisture"].to_numpy()).sum())


def tiled(stations: Path, size: int) -> "xr.Dataset":
    """Choose stations at random; what goes beyond their number are copies, moved and with other weather."""
    import numpy as np
    import xarray as xr

    with xr.open_dataset(stations, engine="netcdf4") as network:
        network.load()
    order = np.random.default_rng(1).permutation(network.sizes["cluster"])
    at = np.arange(size)
    copy = at // order.size
    network = network.isel(cluster=order[at % order.size])
    names = [f"{name} {number}" for name, number in zip(network["cluster_id"].to_numpy(), copy, strict=True)]
    changed = {
        "cluster_id": np.array(names, dtype=object),
        "longitude": network["longitude"].to_numpy() + APART * copy,
        "precipitation": network["precipitation"].to_numpy() * (1 + 0.1 * copy[:, None]).astype(np.float32),
        "air_temperature": network["air_temperature"].to_numpy() + (2 * copy[:, None]).astype(np.float32),
    }
    return network.assign({name: network[name].copy(data=values) for name, values in changed.items()})


def source(folder: Path) -> Path:
    """Return where the stations are: those of the ISMN, or clusters that are simulated now."""
    real = os.environ.get("THETAMIX_REAL_DATA")
    if real is not None and (Path(real) / STATIONS).exists():
        return Path(real) / STATIONS
    words = ["simulate", str(folder / "simulated.nc"), "--clusters", "25", "--years", "1", "--replicates", "1"]
    subprocess.run([sys.executable, "-m", "thetamix.cli", *words], check=True)
    return folder / "simulated.nc"


def write_archive(folder: Path, network: "xr.Dataset") -> None:
    """Write the hours of a quarter as files of the ISMN, a sensor each."""
    import numpy as np

    quarter = network.isel(time=slice(0, 90 * DAY))
    times = [str(time)[:16].replace("-", "/").replace("T", " ") for time in quarter["time"].to_numpy()]
    for at in range(quarter.sizes["cluster"]):
        station = quarter.isel(cluster=at)
        place = " ".join(f"{float(station[name]):.5f}" for name in ("latitude", "longitude", "elevation"))
        moisture = station["soil_moisture"].to_numpy()[:, 0]
        records = {("sm", depth): moisture[level] for level, depth in enumerate(station["depth"].to_numpy())}
        (folder / "MADE" / f"S{at:05d}").mkdir(parents=True)
        for (code, depth), values in (records | {("p", 0.0): station["precipitation"].to_numpy()}).items():
            rows = [f"{t} {v:.4f} G M\n" for t, v in zip(times, values, strict=True) if np.isfinite(v)]
            if rows:
                head = f"MADE MADE S{at:05d} {place} {depth:.4f} {depth:.4f} Probe\n"
                name = f"MADE_MADE_S{at:05d}_{code}_{depth:.6f}_{depth:.6f}_Probe_20150101_20150331.stm"
                (folder / "MADE" / f"S{at:05d}" / name).write_text(head + "".join(rows), encoding="ascii")


if __name__ == "__main__":
    sys.exit(main())
