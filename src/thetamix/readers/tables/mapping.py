"""The mapping file: what the columns of a folder of CSV files mean.

A mapping is YAML; ``examples/attert/mapping.yml`` is a whole one with comments. In short::

    about: {title: …, source: …}             # global attributes; any of ACDD-1.3
    step: 1h
    utc_offset: "-06:00"                     # or, with summer time, timezone: America/Chicago; not needed where
                                             # the stamps say it
    stamp: end                               # or start: of the interval
    missing: [-9999]
    sensors:                                 # a row a sensor
      {file: sensors.csv, sensor: id, cluster: plot, replicate: side, depth: {column: depth, unit: cm},
       latitude: lat, longitude: lon, elevation: {column: z, unit: m}, attributes: {soil_type: soil}}
    soil_moisture:                           # wide: a column a sensor; long: a row a reading
      {file: readings.csv.gz, layout: long, time: datetime, sensor: [plot, port], value: v, unit: percent,
       where: {measure: VWC}}
    forcing:
      - {file: rain.csv, time: day, variables: {precipitation: {unit: mm d-1, columns: {North: p1, South: p2}}}}
    stations: {North: {latitude: 50.2, longitude: 6}, South: {latitude: 49.9, longitude: 6}}
    constants: {geology: schist}
    potential_evapotranspiration: {method: oudin}

``delimiter``, ``decimal``, ``encoding``, ``missing``, ``utc_offset``, ``timezone``, ``stamp``, ``time_format`` and
``snap`` (how far stamps may be moved to the grid) may stand at the top, for all tables, or in a table, for itself; so
may ``header_line`` (where the names of the columns stand: a line, 0 for none, or several that are joined; files of
Campbell loggers, TOA5, are recognised), ``first_line`` (where the rows begin, below units) and ``comment`` (how lines
begin that are no rows). A column is its name, its number where none has that name, or
``{column: …, unit: …, pattern: …}``. Also:
raw readings with their calibration (``linear: [a, b]``), rain as a running total (``kind: counter``), numbers that
name categories (``kind: text``), days on which sensors came and went (``from``, ``to``),
``depths`` (nominal ones that sensors snap to), ``period``, ``easting`` and ``northing`` with ``crs``, stations from a
table (``{file: …, station: …}``), several tables of readings as a list, a time in several columns
(``time: [day, hour]``), a file for each sensor or station (``file: soil/{station}.csv``), sensors by their names
(``sensors: {names: '(?P<cluster>.+)/vwc_(?P<depth>[0-9]+)cm', depth_unit: cm, places: {file: …, cluster: …}}``), a
table with its own ``step``, sheets of Excel files (``sheet``), the farthest station (``max_distance`` [km],
100 where it is not there) and how many others may fill its gaps (``fallback``).
Paths are relative to the folder that is imported, so a mapping holds for every copy of it.
"""

import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, Discriminator, Field, Tag, ValidationError, field_validator

from thetamix.readers.tables.files.table_keys import ForcingTable, Format, Listed, SeriesTable, Step, Strict
from thetamix.readers.tables.files.text_blocks import plain
from thetamix.readers.tables.places.place_keys import PlaceTable, SensorNames, SensorTable, StationPlace, StationTable
from thetamix.system.errors import InputError
from thetamix.system.yaml_files import read_yaml


class Depths(Strict):
    """Nominal depths [m] that sensors snap to, and how far they may be away [m]."""

    nominal: list[float] = Field(min_length=1, max_length=12)
    tolerance: float = Field(default=0.01, ge=0)

    @field_validator("nominal")
    @classmethod
    def _increasing(cls, value: list[float]) -> list[float]:
        if sorted(set(value)) != value or value[0] < 0:
            raise ValueError(f"depths [m] must increase and be positive down, found {value}")
        return value


class Evapotranspiration(Strict):
    """How potential evapotranspiration is computed from the other forcing."""

    method: str = "auto"
    wind_height: float = Field(default=2.0, gt=0.1)


class ImportPeriod(Strict):
    """Days, UTC, both inclusive: rows outside are left out."""

    start: datetime.date | None = None
    end: datetime.date | None = None


class About(Strict):
    """Global attributes of the network file (ACDD-1.3)."""

    title: str
    source: str
    summary: str | None = None
    license: str | None = None
    references: str | None = None
    comment: str | None = None
    id: str | None = None
    naming_authority: str | None = None
    institution: str | None = None
    project: str | None = None
    acknowledgement: str | None = None
    creator_name: str | None = None
    creator_email: str | None = None
    creator_url: str | None = None
    creator_type: str | None = None
    creator_institution: str | None = None
    contributor_name: str | None = None
    contributor_role: str | None = None
    publisher_name: str | None = None
    publisher_email: str | None = None
    publisher_url: str | None = None
    publisher_type: str | None = None
    publisher_institution: str | None = None
    date_created: str | None = None
    keywords: str | None = None


def _has(key: str, model: type[Strict], tag: str, other: str) -> Discriminator:
    """Tell a model by a key that only it has."""
    return Discriminator(
        lambda value: tag if isinstance(value, model) or (isinstance(value, dict) and key in value) else other
    )


#: A table of stations, or places by name written into the mapping.
Stations = Annotated[
    Annotated[StationTable, Tag("<table>")] | Annotated[dict[str, StationPlace], Tag("<places>")],
    _has("file", StationTable, "<table>", "<places>"),
]
#: A table of sensors, or sensors whose names say what they are.
Sensors = Annotated[
    Annotated[SensorTable, Tag("<table>")] | Annotated[SensorNames, Tag("<names>")],
    _has("names", SensorNames, "<names>", "<table>"),
]


class Matching(Format):
    """Where forcing comes from when it is measured elsewhere.

    ``max_distance`` [km] is the farthest that a station or a grid's cell may be: rain and temperature of 100 km away
    say little, and further it is more often the coordinates that are wrong. ``fallback`` is how many of the next
    nearest stations may fill what the nearest has not.
    """

    step: Step
    stations: Stations = Field(default_factory=dict)
    max_distance: float = Field(default=100, gt=0)
    fallback: int = Field(default=0, ge=0)


def _no_switch(value: Any) -> Any:
    for name, constant in value.items() if isinstance(value, dict) else ():
        if isinstance(constant, bool):
            raise ValueError(f"{name}: YAML takes yes, no, on and off for true and false; put it in quotes")
    return value


class Mapping(Matching):
    """The whole mapping file."""

    about: About
    sensors: Sensors
    soil_moisture: Annotated[list[SeriesTable], Listed] = Field(min_length=1)
    forcing: Annotated[list[ForcingTable], Listed] = Field(default_factory=list)
    depths: Depths | None = None
    constants: Annotated[dict[str, int | float | str], BeforeValidator(_no_switch)] = Field(default_factory=dict)
    potential_evapotranspiration: Evapotranspiration | None = None
    period: ImportPeriod = ImportPeriod()

    @property
    def place_files(self) -> set[str]:
        """Files of sensors, clusters and stations, where they are not sheets of an Excel file."""
        tables = (self.sensors, getattr(self.sensors, "places", None), self.stations)
        return {plain(table.file) for table in tables if isinstance(table, PlaceTable) and table.sheet is None}


Model = TypeVar("Model", bound=Matching)


def load_mapping(path: Path, model: type[Model]) -> Model:
    """Read and check a mapping file.

    Parameters
    ----------
    path
        The YAML file.
    model
        What it must be: :class:`Mapping`, or that of weather.

    Raises
    ------
    InputError
        If it is missing, not YAML, or says something that is not understood.
    """
    content = read_yaml(path, "mapping", everyday_numbers=True)
    if not isinstance(content, dict):
        raise InputError(f"{path}: is not a mapping file: it must hold keys such as sensors, soil_moisture, step")
    try:
        return model.model_validate(_plain(content))
    except ValidationError as error:
        problems = [_sentence(problem) for problem in error.errors()]
        more = f"; and {len(problems) - 3} more" if len(problems) > 3 else ""
        raise InputError(f"{path}: {'; '.join(problems[:3])}{more}") from error


def _plain(content: Any) -> Any:
    """Return the content of a mapping with texts that are the same as those of its tables where they look so."""
    if isinstance(content, dict):
        return {_plain(key): _plain(value) for key, value in content.items()}
    if isinstance(content, list):
        return [_plain(value) for value in content]
    return plain(content) if isinstance(content, str) else content


_NO_KEYS = "must have keys of its own, as {{key: value}}, found {0[input]!r}"


def _sentence(problem: Any) -> str:
    where = ".".join(str(key) for key in problem["loc"] if not str(key).startswith("<"))
    what = {
        "missing": "is missing; add it",
        "model_type": "is empty; write its keys below it" if problem["input"] is None else _NO_KEYS.format(problem),
        "float_parsing": f"must be a number, found {problem['input']!r}",
        "string_type": f"must be text, found {problem['input']!r}; put it in quotes",
    }.get(problem["type"], problem["msg"].removeprefix("Value error, "))
    return f"{where}: {what}" if where else what
