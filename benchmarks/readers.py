"""Readers: how long imports take, what memory they need, and what is in the real folders.

    python benchmarks/readers.py hawaii                          # the ISMN archive of nine stations, best of five
    python benchmarks/readers.py ismn --stations 1000 --years 10 # made stations: time and peak memory
    python benchmarks/readers.py table                           # a row for each real folder, as Markdown

The first and the last read the folder named by THETAMIX_REAL_DATA.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

EXAMPLES = Path(__file__).parents[1] / "examples"


def real(name: str) -> Path:
    return Path(os.environ["THETAMIX_REAL_DATA"]) / name


def make_stations(folder: Path, stations: int, years: int) -> int:
    """Write an archive in the format "header and values": a probe, hourly, at each station; gives its bytes."""
    times = pd.date_range("2010-01-01", periods=int(years * 365.25 * 24), freq="h").strftime("%Y/%m/%d %H:%M")
    rng = np.random.default_rng(1)
    bodies = []
    for _ in range(5):
        values = np.clip(0.25 + 0.02 * np.cumsum(rng.normal(0, 0.1, len(times))), 0.02, 0.6)
        bodies.append("".join(f"{t} {v:.4f} G M\n" for t, v in zip(times, values, strict=True)).encode())
    size = 0
    for number in range(stations):
        name = f"S{number:05d}"
        path = folder / "MADE" / name
        path.mkdir(parents=True)
        latitude, longitude = rng.uniform(-60, 70), rng.uniform(-180, 180)
        head = f"MADE MADE {name} {latitude:.5f} {longitude:.5f} 100.0 0.0500 0.0500 Probe\n".encode()
        file = path / f"MADE_MADE_{name}_sm_0.050000_0.050000_Probe_20100101_20191231.stm"
        size += file.write_bytes(head + bodies[number % 5])
    return size


def measure(source: Path, out: Path) -> tuple[float, float]:
    """Import an archive in a process of its own: seconds and peak memory [GB]."""
    code = (
        "import resource, sys, time\nfrom pathlib import Path\n"
        "from thetamix.readers.ismn.ismn_reader import IsmnReader\n"
        "start = time.perf_counter()\nIsmnReader().read(Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(source), str(out)], check=True, capture_output=True, text=True
    )
    seconds, memory = map(float, done.stdout.split())
    return seconds, memory


def hawaii() -> None:
    with tempfile.TemporaryDirectory() as folder:
        runs = [
            measure(real("qa4sm-hawaii") / "ISMN_TESTDATA_HAWAII.tar.gz", Path(folder) / "n.nc") for _ in range(5)
        ]
    print(f"Hawaii, 48 MB of text: {min(s for s, _ in runs):.1f} s (best of 5), {max(m for _, m in runs):.2f} GB")


def ismn(stations: int, years: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "archive"
        size = make_stations(archive, stations, years)
        seconds, memory = measure(archive, Path(folder) / "network.nc")
        written = (Path(folder) / "network.nc").stat().st_size
    print(
        f"{stations} stations x {years} years hourly, {size / 1e9:.2f} GB of text: {seconds:.0f} s, "
        f"peak memory {memory:.2f} GB, network file {written / 1e9:.2f} GB"
    )


def row(name: str, make: Callable[[Path], None]) -> str:
    from thetamix.network.netcdf import open_network

    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "network.nc"
        start = time.perf_counter()
        make(out)
        seconds = time.perf_counter() - start
        with open_network(out) as network:
            readings = network["soil_moisture"].to_numpy()
            there = np.isfinite(readings)
            exists = there.any(axis=-1)
            flagged = (network["soil_moisture_flag"].to_numpy() != 0)[there].mean()
            depths = ", ".join(f"{100 * depth:g}" for depth in network["depth"].to_numpy())
            cells = [
                name,
                f"{there.sum():,}",
                str(network.sizes["cluster"]),
                depths,
                str(network.sizes["replicate"]),
                f"{1 - there[exists].mean():.1%}",
                f"{flagged:.1%}",
                f"{seconds:.1f}",
            ]
    return "| " + " | ".join(cells) + " |"


def table() -> None:
    from thetamix.readers.ismn.ismn_reader import IsmnReader
    from thetamix.readers.tables.csv_reader import CsvReader

    print("| folder | readings | clusters | depths [cm] | replicates | missing | flagged | import [s] |")
    print("|---|---|---|---|---|---|---|---|")
    tables = {
        "attert-colpach-daily": ("attert-colpach-daily", "attert"),
        "usses-2h": ("usses-2h", "usses"),
        "kings-creek": ("kings-creek/kings-creek-series.tar.gz", "kings-creek"),
        "mahurangi-hourly": ("mahurangi-hourly/mahurangi-hourly.tar.gz", "mahurangi"),
    }
    for name, (source, example) in tables.items():
        mapping = EXAMPLES / example / "mapping.yml"
        print(row(name, lambda out, s=source, m=mapping: CsvReader(m).read(real(s), out)), flush=True)
    archives = {
        "qa4sm-hawaii, 9 stations": "qa4sm-hawaii/ISMN_TESTDATA_HAWAII.tar.gz",
        "qa4sm-hawaii, Kainaliu": "qa4sm-hawaii/ISMN_V20250617_Kainaliu.zip",
        **{
            f"ismn-samples, {p.name[:13]}": f"ismn-samples/{p.name}"
            for p in sorted(real("ismn-samples").glob("*.zip"))
        },
    }
    for name, source in archives.items():
        print(row(name, lambda out, s=source: IsmnReader().read(real(s), out)), flush=True)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["hawaii", "ismn", "table"])
    parser.add_argument("--stations", type=int, default=1000)
    parser.add_argument("--years", type=int, default=10)
    given = parser.parse_args()
    if given.what == "ismn":
        ismn(given.stations, given.years)
    else:
        {"hawaii": hawaii, "table": table}[given.what]()
