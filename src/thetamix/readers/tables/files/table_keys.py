"""What a mapping may say about one table: how it is written, and what its columns mean."""

import codecs
import re
from collections.abc import Mapping as AbstractMapping
from typing import Annotated, Any, Literal, Self

import pydantic
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from thetamix.readers.tables.clocks.times import parse_offset
from thetamix.readers.tables.clocks.zones import find_zone
from thetamix.system.durations import parse_duration
from thetamix.system.errors import InputError, nearest


class Strict(pydantic.BaseModel):
    """A part of the mapping: an unknown key is an error that names the nearest known one."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)

    @model_validator(mode="before")
    @classmethod
    def _only_its_keys(cls, data: Any) -> Any:
        names = {field.alias or name for name, field in cls.model_fields.items()}
        for key in data if isinstance(data, AbstractMapping) else ():
            if key not in names:
                hint = nearest(str(key), names)
                raise PydanticCustomError(
                    "unknown_key", "unknown key {key}; {hint}", {"key": repr(key), "hint": hint}
                )
        return data


def _positive(value: str) -> str:
    try:
        positive = parse_duration(value).astype(int) > 0
    except InputError as error:
        raise ValueError(str(error)) from error
    if not positive:
        raise ValueError(f"{value!r} is no time step; write 1d, 2h or 30min")
    return value


def regular_expression(pattern: str) -> re.Pattern[str]:
    """Compile a regular expression of the mapping; raise ValueError where it is none."""
    try:
        return re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is not a regular expression ({error})") from error


#: A delimiter: any number of blanks and tabulators.
BLANKS = "blanks"
HeaderLine = Annotated[int, Field(ge=1)]
Step = Annotated[str, AfterValidator(_positive)]
Listed = BeforeValidator(lambda value: value if isinstance(value, list) else [value])
Conditions = dict[str, Annotated[list[str], Listed]]


class Format(Strict):
    """How a table is written; what is not said in a table is taken from the top of the mapping.

    Its clock is ``utc_offset`` ahead of UTC all year, or has the summer time of a ``timezone`` (IANA: Europe/Berlin).
    ``snap`` is how far a stamp may be moved to the regular grid.
    """

    delimiter: str | None = None
    decimal: Literal[".", ","] | None = None
    encoding: str | None = None
    missing: Annotated[list[float | str], Listed] | None = None
    utc_offset: str | None = None
    timezone: Annotated[str, AfterValidator(find_zone)] | None = None
    stamp: Literal["start", "end"] | None = None
    time_format: str | None = None
    snap: Step | None = None
    header_line: Annotated[list[Annotated[int, Field(ge=0)]], Listed, Field(min_length=1)] | None = None
    first_line: HeaderLine | None = None
    comment: Annotated[list[str], Listed] | None = None

    @field_validator("delimiter")
    @classmethod
    def _one_character(cls, value: str | None) -> str | None:
        value = {"tab": "\t", "\\t": "\t"}.get(value or "", value)
        wrong = value is not None and (len(value) != 1 or not value.isascii() or value in '"\n\r')
        if wrong and value != BLANKS:
            raise ValueError(
                "a delimiter is one character, ',' or ';' or tab, or the word blanks (any number of them)"
            )
        return value

    @field_validator("header_line")
    @classmethod
    def _in_order(cls, value: list[int] | None) -> list[int] | None:
        if value is not None and (sorted(set(value)) != value or (0 in value and len(value) > 1)):
            raise ValueError(f"lines of the header go from top to bottom, found {value}")
        return value

    @field_validator("comment")
    @classmethod
    def _no_rows(cls, value: list[str] | None) -> list[str] | None:
        for beginning in value or ():
            if not beginning.strip() or beginning.strip()[0].isdigit():
                raise ValueError(
                    f"{beginning!r} is how rows begin, too; write what lines without readings begin with"
                )
        return value and [beginning.strip() for beginning in value]

    @field_validator("encoding")
    @classmethod
    def _an_encoding(cls, value: str | None) -> str | None:
        try:
            codecs.lookup("utf-8" if value is None else value)
        except LookupError as error:
            raise ValueError(f"unknown encoding {value!r}; write utf-8 or latin-1") from error
        return value

    @field_validator("utc_offset", mode="before")
    @classmethod
    def _fixed_offset(cls, value: Any) -> Any:
        if value is not None:
            parse_offset(str(value))
        return value

    @field_validator("time_format")
    @classmethod
    def _noon(cls, value: str | None) -> str | None:
        if value is not None and "%I" in value and "%p" not in value:
            raise ValueError(f"{value!r}: %I (1 to 12) needs %p (AM, PM); hours from 0 to 24 are %H")
        return value

    @model_validator(mode="after")
    def _one_clock(self) -> Self:
        if self.utc_offset is not None and self.timezone is not None:
            raise ValueError("a clock has either utc_offset (the same all year) or timezone (with summer time)")
        return self


class Table(Format):
    """A CSV file, plain or gzip, or a sheet of Excel; ``where`` keeps rows whose columns hold certain texts."""

    file: str
    sheet: str | None = None
    where: Conditions = {}


class SeriesTable(Table):
    """Readings: ``wide`` has a column for each sensor, ``long`` a row for each reading, ``single`` one sensor a file.

    ``file`` may have placeholders (``soil/{station}.csv``): then it is all files of that name, and what stands in the
    places of the words, joined by ``/``, stands before the names of the sensors; ``*`` is any text and means nothing,
    as in several downloads of a logger (``{logger}_*.csv``). ``step`` is the table's own where it
    is shorter than the network's: readings are averaged over the network's step. ``linear`` is the calibration [a, b]
    of raw readings: a + b × raw, in ``unit``.
    """

    time: Annotated[list[str], Listed]
    step: Step | None = None
    unit: str
    linear: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None
    layout: Literal["wide", "long", "single"] = "wide"
    sensor: Annotated[list[str], Listed] | None = None
    value: str | None = None

    @field_validator("linear")
    @classmethod
    def _no_constant(cls, value: list[float] | None) -> list[float] | None:
        if value is not None and value[1] == 0:
            raise ValueError("linear: [a, b] makes a + b × raw: with b = 0 all readings are the same")
        return value

    @model_validator(mode="after")
    def _what_a_layout_needs(self) -> "SeriesTable":
        if self.layout == "long" and (self.sensor is None or self.value is None):
            raise ValueError("a long table needs sensor (the column that names the sensor) and value (its reading)")
        if self.layout == "wide" and (self.sensor is not None or self.value is not None):
            raise ValueError("sensor and value are for layout: long; in a wide table each sensor is a column")
        if self.layout == "single" and (self.value is None or self.sensor is not None):
            raise ValueError("a table of a single sensor needs value (its readings); its name is that of the file")
        return self


class ForcingVariable(Strict):
    """A variable of a forcing table: one column, or a column for each station.

    ``kind: counter`` is for precipitation that a gauge writes as a running total.
    """

    unit: str
    column: str | None = None
    columns: dict[str, str] | None = None
    kind: Literal["counter"] | None = None

    @model_validator(mode="after")
    def _one_of(self) -> "ForcingVariable":
        if (self.column is None) == (self.columns is None):
            raise ValueError("give either column, or columns: {STATION: COLUMN, …}")
        return self

    def by_station(self, station: str) -> dict[str, str]:
        """Name the column of each station; `station` is that of a single column."""
        return self.columns or {station: str(self.column)}


class ForcingTable(Table):
    """Weather or discharge: a row for each time, or for each time and ``station``.

    ``file`` may have one placeholder, which is the station: ``weather/{station}.csv``. ``step`` is the table's own
    where it differs: values are brought to the network's step by what their intervals share.
    """

    time: Annotated[list[str], Listed]
    station: str | None = None
    step: Step | None = None
    variables: dict[str, ForcingVariable] = Field(min_length=1)

    @model_validator(mode="after")
    def _either(self) -> "ForcingTable":
        columns = any(variable.columns is not None for variable in self.variables.values())
        if self.station is not None and columns:
            raise ValueError("with station (a long table) a variable has one column, not columns")
        if "{" in self.file and (self.station or columns):
            raise ValueError("the placeholder in file is the station; station and columns cannot be given too")
        return self
