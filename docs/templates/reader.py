"""A reader to start from: one site in a JSON file, daily means of two probes and the rain.

To make a reader of it: put the file into ``src/thetamix/readers/``, give it a line in ``READERS``
(``"meadow": "thetamix.readers.meadow:MeadowReader"``) and a source in ``tests/conformance/test_readers.py``.
``thetamix import meadow SOURCE -o network.nc`` then works, with an option for each field of the class.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np

from thetamix.network.assemble import assemble
from thetamix.network.netcdf import write_network
from thetamix.network.units import conversion, convert
from thetamix.quality.flags import range_flags
from thetamix.readers import Note, OnProgress, silent
from thetamix.system.errors import InputError
from thetamix.system.files import require_file

DAY = np.timedelta64(24 * 3600 * 10**9, "ns")


@dataclass(frozen=True)
class MeadowReader:
    """A site of our meadow: a JSON file with daily means, dated by the day's beginning, UTC."""

    unit: Annotated[str, "Unit of the readings: percent, or m3 m-3."] = "percent"

    def read(self, source: Path, output: Path, progress: OnProgress = silent, note: Note = silent) -> None:
        """Write the network file: see :class:`thetamix.readers.Reader`."""
        progress(f"reading {source.name}", 0.0)
        try:
            site = json.loads(require_file(source, "meadow").read_text(encoding="utf-8"))
            name, depth, first = str(site["site"]), float(site["depth_cm"]), np.datetime64(site["first_day"], "ns")
            probes = {str(label): np.array(values, dtype=np.float64) for label, values in site["probes"].items()}
            rain = np.array(site["rain_mm"], dtype=np.float64)
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{source}: is no file of our meadow ({error}); export it again") from error
        if any(values.shape != rain.shape for values in probes.values()):
            raise InputError(f"{source}: probes and rain have different lengths; export it again")
        # (cluster, depth, replicate, time): one place, one depth.
        raw = np.stack(list(probes.values()))[None, None]
        readings = convert(raw, conversion("soil_moisture", self.unit, str(source)), DAY).astype(np.float32)
        network = assemble(
            {
                "soil_moisture": readings,
                "soil_moisture_flag": range_flags(readings),
                "precipitation": convert(rain, conversion("precipitation", "mm", str(source)), DAY)[None],
            },
            cluster_id=[name],
            depth=[depth / 100],
            replicate_label=list(probes),
            time=first + DAY * np.arange(1, rain.size + 1),  # the END of each day
            step=DAY,
            about={
                "title": f"Soil moisture of {name}",
                "summary": f"Soil moisture of {len(probes)} probes at {name}",
                "source": source.name,
                "history": f"import meadow {source.name}",
            },
        )
        write_network(network, output)  # checks it, and writes all of it or nothing
        if empty := [label for label, values in probes.items() if not np.isfinite(values).any()]:
            note(f"probe(s) without a single reading: {', '.join(empty)}")
