"""The mapping of weather that comes from elsewhere: station tables and grids for a network that there is.

In short::

    max_distance: 30                 # [km] beyond, a cluster has none
    fallback: 2                      # so many of the next nearest fill what the nearest lacks
    stations: {North: {latitude: 50.2, longitude: 6}}
    forcing:                         # tables, as in the mapping of `thetamix import csv`
      - {file: rain.csv, time: day, step: 1d, utc_offset: "+01:00", stamp: start,
         variables: {precipitation: {unit: mm, columns: {North: p}}}}
    grids:
      - {file: "era5/*.nc", kind: era5_land, variables: [precipitation, air_temperature],
         reference_soil_moisture: overlap}
      - {file: weather.zarr, stamp: end, variables: {air_temperature: {variable: tas, unit: K}}}
    potential_evapotranspiration: {method: auto}
    replace: false                   # true: variables that the network has already are replaced

Paths are relative to the folder that is imported.
"""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from thetamix.readers.tables.files.table_keys import ForcingTable, Listed, Step, Strict
from thetamix.readers.tables.mapping import Evapotranspiration, Matching
from thetamix.readers.tables.places.place_keys import ClusterTable

_Named = BeforeValidator(lambda value: dict.fromkeys(value) if isinstance(value, list) else value)


class GridVariable(Strict):
    """A variable of a grid: its name there and its unit; ``moment``: values of moments, not means of intervals.

    Steps of the network that are longer than those of the grid get the mean of their moments.
    """

    variable: str
    unit: str | None = None
    moment: bool = False


class Grid(Strict):
    """A file of a grid, or several (``*``): NetCDF, also in a zip, or a Zarr store (``.zarr``).

    ``kind: era5_land`` and ``kind: era5`` are files of Copernicus, whose variables are known: rain and radiation of
    ERA5-Land are sums from 00 UTC on, those of ERA5 amounts of each hour. In any other (``cf``), each variable is
    described, and ``stamp`` says what the times of means and amounts are: start, middle (MERRA-2) or end of their
    interval.
    """

    file: str
    kind: Literal["cf", "era5_land", "era5"] = "cf"
    variables: Annotated[dict[str, GridVariable | None], _Named] = Field(default_factory=dict)
    stamp: Literal["start", "middle", "end"] | None = None
    reference_soil_moisture: Literal["overlap", "paper"] | None = None

    @model_validator(mode="after")
    def _kinds(self) -> "Grid":
        described = [variable for variable in self.variables.values() if variable is not None]
        if self.kind == "cf":
            if self.reference_soil_moisture is not None:
                raise ValueError("reference_soil_moisture is for kind: era5_land or era5")
            if len(described) < len(self.variables):
                raise ValueError("variables: give for each {variable: NAME IN THE FILE, unit: …}")
            if self.stamp is None and not all(variable.moment for variable in described):
                raise ValueError("add stamp: start or stamp: end (or middle): what the times of the file mean")
        elif described:
            raise ValueError(f"the variables of {self.kind} are known: give their names as a list")
        if not self.variables and self.reference_soil_moisture is None:
            raise ValueError("names no variables")
        return self


class PlaceColumns(ClusterTable):
    """The columns of the table that ``thetamix import places`` is given."""

    file: str = ""


class WeatherMapping(Matching):
    """The whole mapping of weather from elsewhere.

    ``step`` is the network's; ``places`` says what the columns of a table of places mean, where their names do not.
    """

    step: Step = "1h"
    places: PlaceColumns | None = None
    forcing: Annotated[list[ForcingTable], Listed] = Field(default_factory=list)
    grids: Annotated[list[Grid], Listed] = Field(default_factory=list)
    potential_evapotranspiration: Evapotranspiration | None = None
    replace: bool = False

    @model_validator(mode="after")
    def _something(self) -> "WeatherMapping":
        if not self.forcing and not self.grids and self.places is None and self.potential_evapotranspiration is None:
            raise ValueError("names nothing to import: give forcing (tables), grids or potential_evapotranspiration")
        return self
