"""Peak memory of a study's steps on a network as large and as empty as an archive's, each in a process of its own.

``python benchmarks/memory.py`` makes 200 stations with 8 nominal depths and a year of hours, half of the series
empty, from random walks, and prints the peak of split, fit, forecast and scores [MB].
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

HOUR = np.timedelta64(1, "h")
STUDY = """
name: memory
network: network.nc
inputs: {forcing: [precipitation, potential_evapotranspiration, air_temperature], attributes: [elevation]}
training: {preset: fast, hidden: 8, epochs: 1, windows_per_epoch: 6400, sequence: 48, batch: 64}
forecasters: {LSTM: {kind: lstm, components: 3}}
seeds: [1]
evaluation: {bootstrap: {draws: 2, block_draws: 2}}
"""
STEPS = ("split", "fit LSTM-s1", "forecast LSTM-s1", "score")
CHILD = """
import resource, sys
from pathlib import Path
from thetamix.study.run import perform
perform(1, Path(sys.argv[1]), sys.argv[2], "0")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def main() -> None:
    """Make the network, do the steps, print their peaks."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, value in {"stations": 200, "depths": 8, "replicates": 1, "hours": 8760}.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, chosen.stations, chosen.depths, chosen.replicates, chosen.hours)
        print(f"{chosen.stations} x {chosen.depths} x {chosen.replicates} x {chosen.hours}, half of the series empty")
        for step in ("import", *STEPS):
            code = "import torch, thetamix.training.train" + CHILD.replace("perform(1", "0 and perform(1")
            code = code if step == "import" else CHILD
            done = subprocess.run(
                [sys.executable, "-c", code, str(folder), step], check=True, capture_output=True, text=True
            )
            print(f"{step:20} {int(done.stdout.splitlines()[-1]) / 1024:7.0f} MB", flush=True)


def write(folder: Path, stations: int, depths: int, replicates: int, hours: int) -> None:
    """Write the network and the resolved study."""
    from thetamix.network.assemble import assemble
    from thetamix.network.streaming import placeholder, write_clusters
    from thetamix.study.resolve import load_study, resolve_steps, to_yaml

    rng = np.random.default_rng(1)
    names = ("precipitation", "potential_evapotranspiration", "air_temperature")
    variables = {name: placeholder((stations, hours)) for name in names}
    skeleton = assemble(
        variables
        | {
            "soil_moisture": placeholder((stations, depths, replicates, hours)),
            "elevation": rng.uniform(200, 500, stations),
        },
        cluster_id=[f"s{number:04d}" for number in range(stations)],
        depth=np.arange(1, depths + 1) / 10,
        replicate_label=[f"R{number}" for number in range(replicates)],
        time=np.datetime64("2020-01-01T01", "ns") + np.arange(hours) * HOUR,
        step=HOUR,
        about={"title": "random walks", "summary": "for a measurement", "source": "none", "history": "made"},
    )

    def clusters() -> Iterator[dict[str, np.ndarray]]:
        for station in range(stations):
            walk = rng.normal(0, 0.002, (depths, replicates, hours)).cumsum(axis=-1)
            moisture = 0.25 + 0.1 * np.sin(walk)
            moisture[station % 2 :: 2] = np.nan
            yield {
                "soil_moisture": moisture.astype(np.float32),
                "precipitation": rng.gamma(0.1, 1, hours),
                "potential_evapotranspiration": rng.uniform(0, 0.3, hours),
                "air_temperature": rng.normal(10, 5, hours),
            }

    write_clusters(skeleton, clusters(), folder / "network.nc")
    (folder / "study.yml").write_text(STUDY, encoding="utf-8")
    study = resolve_steps(load_study(folder / "study.yml"), HOUR)
    (folder / "study.yml").write_text(to_yaml(study), encoding="utf-8")


if __name__ == "__main__":
    main()
