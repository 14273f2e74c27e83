"""The network: one labelled data set that every reader writes and every later step reads.

Dimensions are ``(cluster, depth, replicate, time)``, time last. :data:`VARIABLES` lists what is known by
name; any other variable on ``(cluster)``, ``(cluster, time)`` or ``(cluster, depth, time)`` may be an
input.
"""

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import xarray as xr

MAX_DEPTHS = 12

SERIES_DIMENSIONS = ("cluster", "depth", "replicate", "time")


@dataclass(frozen=True)
class Variable:
    """One variable of the network file.

    Attributes
    ----------
    dimensions
        In the order of the file.
    units
        UDUNITS text; None for categories and names.
    long_name
        What it is, in words.
    standard_name
        The CF standard name, where one exists.
    """

    dimensions: tuple[str, ...]
    units: str | None
    long_name: str
    standard_name: str | None = None

    def attributes(self) -> dict[str, object]:
        """Return its attributes in the file, as CF and ACDD have them."""
        attributes: dict[str, object] = {"long_name": self.long_name}
        if self.standard_name is not None:
            attributes["standard_name"] = self.standard_name
        if self.units is not None:
            attributes |= {"units": self.units, "coverage_content_type": "physicalMeasurement"}
        if self.units == "degC":
            attributes["units_metadata"] = "temperature: on_scale"
        return attributes


#: The variables that the network file gives a meaning to, by name.
VARIABLES: MappingProxyType[str, Variable] = MappingProxyType(
    {
        "soil_moisture": Variable(
            SERIES_DIMENSIONS,
            "m3 m-3",
            "volumetric soil moisture as read by the sensor",
            "volume_fraction_of_condensed_water_in_soil",
        ),
        "soil_moisture_flag": Variable(
            SERIES_DIMENSIONS,
            None,
            "quality of the soil moisture reading",
            "quality_flag",
        ),
        "sensor_depth": Variable(("cluster", "depth", "replicate"), "m", "depth of the sensor below the surface"),
        "sensor_id": Variable(("cluster", "depth", "replicate"), None, "name of the sensor in the source"),
        "precipitation": Variable(("cluster", "time"), "mm h-1", "precipitation rate", "lwe_precipitation_rate"),
        "potential_evapotranspiration": Variable(("cluster", "time"), "mm h-1", "potential evapotranspiration rate"),
        "air_temperature": Variable(("cluster", "time"), "degC", "air temperature", "air_temperature"),
        "discharge": Variable(
            ("cluster", "time"),
            "m3 s-1",
            "discharge at the gauge of the cluster",
            "water_volume_transport_in_river_channel",
        ),
        "discharge_gauge": Variable(("cluster",), None, "name of the discharge gauge"),
        "reference_soil_moisture": Variable(
            ("cluster", "depth", "time"),
            "m3 m-3",
            "soil moisture of another model, matched to the depths",
            "volume_fraction_of_condensed_water_in_soil",
        ),
        "elevation": Variable(("cluster",), "m", "elevation of the surface", "surface_altitude"),
        "latitude": Variable(("cluster",), "degrees_north", "latitude", "latitude"),
        "longitude": Variable(("cluster",), "degrees_east", "longitude", "longitude"),
        "geology": Variable(("cluster",), None, "geological formation"),
        "soil_type": Variable(("cluster",), None, "soil type"),
        "land_use": Variable(("cluster",), None, "land use"),
        "porosity": Variable(("cluster",), "1", "porosity of the soil", "soil_porosity"),
        "soil_moisture_limit": Variable(("cluster",), "m3 m-3", "largest soil moisture that is taken for possible"),
    }
)

#: What a network cannot do without.
REQUIRED = ("cluster_id", "depth", "replicate", "time", "soil_moisture")

#: What a data set of places to predict cannot do without.
PLACES = ("cluster_id", "depth", "time")

#: Quality flags: name -> (bit, meaning). C and D are the ISMN's (Dorigo et al. 2013,
#: doi:10.2136/vzj2012.0097). S come from comparing the replicates of a series: they are advisory, for the spread
#: between siblings is what the models learn.
FLAGS: MappingProxyType[str, tuple[int, str]] = MappingProxyType(
    {
        name: (1 << position, meaning)
        for position, (name, meaning) in enumerate(
            [
                ("C01", "below_0"),
                ("C02", "above_upper_limit"),
                ("C03", "above_saturation"),
                ("D01", "soil_temperature_below_0"),
                ("D02", "air_temperature_below_0"),
                ("D03", "modelled_soil_temperature_below_0"),
                ("D04", "rise_without_measured_precipitation"),
                ("D05", "rise_without_modelled_precipitation"),
                ("D06", "spike"),
                ("D07", "negative_break"),
                ("D08", "positive_break"),
                ("D09", "constant_low_values"),
                ("D10", "saturated_plateau"),
                ("S01", "leaves_its_siblings"),
                ("S02", "swapped_with_a_sibling"),
                ("S03", "stuck_while_siblings_move"),
                ("S04", "shifted_after_a_gap"),
            ]
        )
    }
)


def flag_mask(names: list[str] | tuple[str, ...]) -> int:
    """Combine the bits of quality flags.

    Parameters
    ----------
    names
        Names of :data:`FLAGS`.

    Examples
    --------
    >>> flag_mask(["C01", "C03"])
    5
    """
    return sum(FLAGS[name][0] for name in set(names))


def time_step(time: xr.DataArray) -> np.timedelta64:
    """Return the step of a regular time axis.

    Parameters
    ----------
    time
        Stamps (time), at least two.

    Returns
    -------
    numpy.timedelta64
        The step [ns].
    """
    stamps = time.to_numpy()
    return np.timedelta64(stamps[1] - stamps[0], "ns")


def midpoints(time: xr.DataArray, step: np.timedelta64) -> np.ndarray:
    """Return the middle of each interval: months, days of the year and seasons are those of the middle.

    Parameters
    ----------
    time
        Ends of the intervals (time).
    step
        Length of an interval.

    Returns
    -------
    numpy.ndarray
        Stamps (time) as ``datetime64[ns]``.
    """
    stamps: np.ndarray = time.to_numpy().astype("datetime64[ns]")
    middle: np.ndarray = stamps - step.astype("timedelta64[ns]") // 2
    return middle
