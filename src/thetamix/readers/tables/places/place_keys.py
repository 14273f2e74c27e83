"""What a mapping may say about places: clusters, sensors, weather stations, and the columns of their tables."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from thetamix.readers.tables.files.table_keys import Listed, Strict, Table, regular_expression


class Column(Strict):
    """A column: its name, its unit, and the part of its texts that is meant (first group of ``pattern``)."""

    column: str
    unit: str | None = None
    pattern: str | None = None

    @field_validator("pattern")
    @classmethod
    def _one_group(cls, value: str | None) -> str | None:
        if value is not None and regular_expression(value).groups != 1:
            raise ValueError(f"{value!r} needs one group in brackets around what is meant")
        return value


class AttributeColumn(Column):
    """A column of an attribute: numbers, or texts; ``kind: text`` takes numbers for names of categories."""

    kind: Literal["text"] | None = None

    @model_validator(mode="after")
    def _no_unit(self) -> "AttributeColumn":
        if self.kind is not None and self.unit is not None:
            raise ValueError("kind: text has no unit; leave one of them out")
        return self


_Named = BeforeValidator(lambda value: value if isinstance(value, dict) else {"column": value})
AnyColumn = Annotated[Column, _Named]


class StationPlace(Strict):
    """Where a station is [degrees]."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=360)


class PlaceTable(Table):
    """A table with coordinates: either latitude and longitude, or easting and northing with their ``crs``."""

    latitude: AnyColumn | None = None
    longitude: AnyColumn | None = None
    easting: AnyColumn | None = None
    northing: AnyColumn | None = None
    crs: str | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> "PlaceTable":
        for name, other in (("latitude", "longitude"), ("easting", "northing")):
            if (getattr(self, name) is None) != (getattr(self, other) is None):
                raise ValueError(f"{name} and {other} belong together; one of them is missing")
        if self.latitude is not None and self.easting is not None:
            raise ValueError("give either latitude and longitude, or easting and northing")
        if (self.easting is None) != (self.crs is None):
            raise ValueError("easting and northing need crs (for example EPSG:2169), and crs needs them")
        return self

    def columns(self) -> dict[str, Column]:
        """Name the columns that are needed: key of the mapping -> column."""
        values = {field.alias or name: getattr(self, name) for name, field in type(self).model_fields.items()}
        columns = {name: value for name, value in values.items() if isinstance(value, Column)}
        return columns | {f"attributes.{name}": column for name, column in values.get("attributes", {}).items()}


class ClusterTable(PlaceTable):
    """One row a cluster (or several, whose coordinates are averaged): where it is, what it is like."""

    cluster: AnyColumn
    elevation: AnyColumn | None = None
    attributes: dict[str, Annotated[AttributeColumn, _Named]] = {}


class SensorTable(ClusterTable):
    """One row a sensor: what it is called in the series, where it is, which replicate it belongs to.

    A depth may be a range (``0-10``), of which the middle is taken. ``from`` and ``to`` are columns of days, both
    inclusive, or times, by the clock of the readings: a sensor that replaced another goes on with its series, where
    cluster, depth and replicate are the same; one that moved has a row for each place. Empty cells are open.
    """

    sensor: AnyColumn
    depth: AnyColumn
    replicate: AnyColumn | None = None
    first: AnyColumn | None = Field(default=None, alias="from")
    last: AnyColumn | None = Field(default=None, alias="to")


class StationTable(PlaceTable):
    """One row a weather station."""

    station: AnyColumn


class SensorNames(Strict):
    """Sensors whose names in the series say what they are: a regular expression with named groups.

    ``names`` needs the groups ``cluster`` and ``depth`` and may have ``replicate``; ``places`` is a table of the
    clusters.
    """

    names: str
    depth_unit: str
    leave_out: Annotated[list[str], Listed] = []
    places: ClusterTable | None = None

    @field_validator("names")
    @classmethod
    def _needed_groups(cls, value: str) -> str:
        groups = set(regular_expression(value).groupindex)
        if not {"cluster", "depth"} <= groups or groups - {"cluster", "depth", "replicate"}:
            raise ValueError(
                f"{value!r} needs the groups (?P<cluster>…) and (?P<depth>…), and may have (?P<replicate>…)"
            )
        return value
