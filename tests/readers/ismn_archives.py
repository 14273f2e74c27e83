"""Small archives of the ISMN, made by hand in both of its formats."""

import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd

STATIC = """\
quantity_name;unit;depth_from[m];depth_to[m];value;description;quantity_source_name
saturation;m^3*m^-3;0.00;0.30;0.46;;HWSD
clay fraction;% weight;0.00;0.30;20.00;;HWSD
sand fraction;% weight;0.00;0.30;31.00;;HWSD
silt fraction;% weight;0.00;0.30;49.00;;HWSD
organic carbon;% weight;0.00;0.30;7.00;;HWSD
saturation;m^3*m^-3;0.30;1.00;0.40;;HWSD
land cover classification;;;;130;Grassland;CCI_landcover_2010
climate classification;;;;Cfb;Temperate;koeppen_geiger_2007
"""


def hours(first: str, number: int) -> pd.DatetimeIndex:
    return pd.date_range(first, periods=number, freq="h")


class Archive:
    """A folder NETWORK/STATION/files that grows by one sensor after the other."""

    def __init__(self, folder: Path, form: str = "header") -> None:
        self.folder = folder
        self.form = form

    def station(self, network: str, name: str, static: str | None = STATIC) -> Path:
        path = self.folder / network / name
        path.mkdir(parents=True, exist_ok=True)
        if static is not None:
            (path / f"{network}_{network}_{name}_static_variables.csv").write_text(static)
        return path

    def sensor(
        self,
        network: str,
        name: str,
        times: pd.DatetimeIndex,
        values,
        flags="G",
        *,
        code: str = "sm",
        instrument: str = "Probe",
        depth: tuple[float, float] = (0.05, 0.05),
        place: tuple[float, float, float] = (50.0, 6.0, 300.0),
    ) -> Path:
        values = np.broadcast_to(np.asarray(values, dtype=float), len(times))
        flags = [flags] * len(times) if isinstance(flags, str) else flags
        stamps = times.strftime("%Y/%m/%d %H:%M")
        latitude, longitude, elevation = place
        where = f"{latitude:.5f} {longitude:.5f} {elevation:.2f} {depth[0]:.4f} {depth[1]:.4f}"
        if self.form == "header":
            lines = [f"{network} {network} {name} {where} {instrument}"]
            lines += [f"{t} {v:.4f} {f} M" for t, v, f in zip(stamps, values, flags, strict=True)]
        else:
            lines = [
                f"{t} {t} {network} {network} {name} {where} {v:.4f} {f} M"
                for t, v, f in zip(stamps, values, flags, strict=True)
            ]
        folder = self.folder / network / name
        if not folder.exists():
            self.station(network, name)
        file = folder / (
            f"{network}_{network}_{name}_{code}_{depth[0]:.6f}_{depth[1]:.6f}_{instrument}_20200101_20211231.stm"
        )
        file.write_text("\n".join(lines) + "\n")
        return file

    def packed(self, path: Path) -> Path:
        """Pack everything: zip or tar by the name."""
        if path.suffix == ".zip":
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
                for file in sorted(self.folder.rglob("*")):
                    packed.write(file, file.relative_to(self.folder))
        else:
            with tarfile.open(path, "w:gz") as packed:
                packed.add(self.folder, arcname="archive")
        return path
