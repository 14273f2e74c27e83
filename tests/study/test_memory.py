"""Memory of a fit: within a fifth of what a process of its own takes."""

import itertools
import json
import subprocess
import sys

import numpy as np
import pytest

from thetamix.network.netcdf import write_network
from thetamix.study.memory import memory

FIT = """
import json, sys
from pathlib import Path
import numpy as np
from thetamix.model.model_file import Architecture
from thetamix.network.netcdf import open_network
from thetamix.training.schedule import Schedule
from thetamix.training.train import train_lstm
from thetamix.study import planning  # and the progress
batch = int(sys.argv[4])
with open_network(Path(sys.argv[1])) as network:
    readings = network["soil_moisture"].to_numpy()
    trained = np.isfinite(readings)
    train_lstm(
        network, readings, trained, Path(sys.argv[2]), "key", 1, lambda *_: None,
        forcing=[("precipitation", False), ("air_temperature", False)], attributes=[], unseen="error",
        condition_on_replicate=True, sequence=128, warm_up=64 if sys.argv[3] == "many" else None,
        architecture=Architecture(64, 1, 0.4, 1, 3.0),
        schedule=Schedule(1, batch, 1e-3, "decay", 1.0, 2 * batch, 0.0, None, False),
        held_back=None, device="cpu", threads=1,
    )
# The peak that getrusage tells would be that of the tests, which started this.
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(json.dumps(int(peak.split()[1]) * 1024))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(("stretches", "batch"), [(False, 128), (False, 2048), (True, 128), (True, 1024)])
def test_a_fit_takes_what_was_estimated(make_network, tmp_path, stretches, batch):
    clusters, steps = 4, 20_000
    hour = np.timedelta64(1, "h")
    write_network(make_network(clusters=clusters, steps=steps, step=hour, geology=None), tmp_path / "n.nc")
    readings = clusters * 2 * 3 * steps
    estimated = memory(
        readings=readings,
        forcing=2 * clusters * steps,
        trained=readings,
        held_back=0,
        targets=1,
        hidden=64,
        layers=1,
        compiled=True,
        steps=batch * 128,
        validated=0,
        stretches=stretches,
    )
    arguments = [str(tmp_path / "n.nc"), str(tmp_path), "many" if stretches else "one", str(batch)]
    done = subprocess.run([sys.executable, "-c", FIT, *arguments], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == pytest.approx(estimated, rel=0.2)


def test_more_of_anything_takes_more():
    plain = {
        "readings": 10**7,
        "forcing": 10**6,
        "trained": 10**6,
        "held_back": 10**5,
        "targets": 1,
        "hidden": 64,
        "layers": 1,
        "steps": 128 * 128,
        "validated": 1024 * 128,
    }
    for stretches, compiled in itertools.product((False, True), repeat=2):
        kind = {"stretches": stretches, "compiled": compiled}
        base = memory(**plain, **kind)
        for name, value in plain.items():
            assert memory(**plain | {name: 4 * value}, **kind) > base, name
