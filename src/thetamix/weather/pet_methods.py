"""The formulas of potential evapotranspiration as they are applied to one cluster's weather."""

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from thetamix.weather.humidity import saturation_pressure, wind_at_two_metres
from thetamix.weather.reference_et import (
    SURFACES,
    cloud_factor,
    daily_reference,
    hourly_cloudiness,
    hourly_reference,
    net_radiation,
)
from thetamix.weather.simple_et import hargreaves_samani, makkink, oudin, priestley_taylor
from thetamix.weather.solar import (
    DAY,
    clear_sky_radiation,
    daily_extraterrestrial_radiation,
    extraterrestrial_radiation,
    is_dark,
    solar_time,
    sun_height,
)

#: A day of the sun's clock has a mean when at least this share of its steps (on the axis) is there.
ENOUGH_OF_A_DAY = 0.5

TEMPERATURE = ("air_temperature",)
EXTREMES = ("minimum_air_temperature", "maximum_air_temperature")
HUMIDITY = ("vapour_pressure", "dew_point_temperature", "relative_humidity")


@dataclass(frozen=True)
class Site:
    """One cluster's weather: what the formulas take.

    Attributes
    ----------
    latitude, longitude, elevation
        [degrees], [m].
    middle
        Middles of the intervals (time), UTC.
    step
        Length of an interval.
    weather
        Variable -> values (time), float64.
    wind_height
        Of the anemometer [m].
    """

    latitude: np.ndarray
    longitude: np.ndarray
    elevation: float
    middle: np.ndarray
    step: np.timedelta64
    weather: dict[str, np.ndarray]
    wind_height: float

    @property
    def hours(self) -> float:
        """Length of an interval [h]."""
        return float(self.step / np.timedelta64(1, "h"))

    def extremes(self) -> tuple[np.ndarray, np.ndarray]:
        """Lowest and highest temperature of the intervals (time) [degC]."""
        if all(name in self.weather for name in EXTREMES):
            return self.weather[EXTREMES[0]], self.weather[EXTREMES[1]]
        return self.weather["air_temperature"], self.weather["air_temperature"]

    def temperature(self) -> np.ndarray:
        """Mean temperature of the intervals (time) [degC]."""
        if "air_temperature" in self.weather:
            return self.weather["air_temperature"]
        coldest, warmest = self.extremes()
        middle: np.ndarray = (coldest + warmest) / 2
        return middle

    def vapour_pressure(self) -> np.ndarray:
        """Vapour pressure of the air (time) [kPa]: FAO-56 equations 14, 19 and 54."""
        if "vapour_pressure" in self.weather:
            return self.weather["vapour_pressure"]
        if "dew_point_temperature" in self.weather:
            return saturation_pressure(self.weather["dew_point_temperature"])
        coldest, warmest = self.extremes() if self.step == DAY else (self.temperature(),) * 2
        saturation = (saturation_pressure(coldest) + saturation_pressure(warmest)) / 2
        pressure: np.ndarray = np.clip(self.weather["relative_humidity"], 0, 100) / 100 * saturation
        return pressure

    def shortwave(self) -> np.ndarray:
        """Global radiation (time) [MJ m-2 h-1, or MJ m-2 d-1 for days]."""
        per = 0.0864 if self.step == DAY else 0.0036
        watts = np.where(self.dark_blanks(), 0.0, self.weather["shortwave_radiation"])
        sums: np.ndarray = np.maximum(watts, 0) * per
        return sums

    def dark_blanks(self) -> np.ndarray:
        """Mark intervals (time) without radiation and without sun: many files leave the night blank."""
        watts = self.weather["shortwave_radiation"]
        blank = np.isnan(watts)
        if self.step == DAY or blank.all():
            return np.zeros_like(blank)
        dark: np.ndarray = blank & is_dark(self.above())
        return dark

    def above(self) -> np.ndarray:
        """Radiation above the atmosphere (time), in the unit of :meth:`shortwave`."""
        sent = extraterrestrial_radiation(self.latitude, self.longitude, self.middle, self.step)
        return sent if self.step == DAY else sent / self.hours

    def cloudiness(self) -> np.ndarray:
        """Global radiation as a share of that of a clear sky (time)."""
        clear = clear_sky_radiation(self.above(), self.elevation)
        height = sun_height(self.latitude, self.longitude, self.middle)
        if self.step == DAY:
            ratio: np.ndarray = np.full(clear.shape, 0.7)  # in the polar night
            np.divide(self.shortwave(), clear, out=ratio, where=clear > 0)
            return ratio
        steps = int(DAY // self.step)
        hourly: np.ndarray = hourly_cloudiness(self.shortwave()[None], clear[None], height[None], steps)[0]
        return hourly

    def wind(self) -> np.ndarray:
        """Wind speed at 2 m (time) [m s-1]."""
        return wind_at_two_metres(self.weather["wind_speed"], self.wind_height)


@dataclass(frozen=True)
class Method:
    """A formula for a network's PET.

    Attributes
    ----------
    rate
        Of one cluster (time) [mm h-1].
    needs
        What must be there: of each group one.
    places
        Attributes of the clusters that it needs.
    hourly
        Whether it holds for steps shorter than a day as it is.
    source
        For the attributes.
    """

    rate: Callable[[Site], np.ndarray]
    needs: tuple[tuple[str, ...], ...]
    places: tuple[str, ...]
    hourly: bool
    source: str


def _reference(surface: str) -> Callable[[Site], np.ndarray]:
    def rate(site: Site) -> np.ndarray:
        if site.step == DAY:
            coldest, warmest = site.extremes()
            sums = daily_reference(
                coldest,
                warmest,
                site.vapour_pressure(),
                site.shortwave(),
                site.wind(),
                site.above(),
                site.elevation,
                surface=surface,
            )
            return sums / 24
        return hourly_reference(
            site.temperature(),
            site.vapour_pressure(),
            site.shortwave(),
            site.cloudiness(),
            site.wind(),
            site.elevation,
            surface=surface,
        )

    return rate


def _priestley_taylor(site: Site) -> np.ndarray:
    days = site.step == DAY
    coldest, warmest = site.extremes() if days else (site.temperature(),) * 2
    net = net_radiation(
        site.shortwave(),
        cloud_factor(site.cloudiness()),
        site.vapour_pressure(),
        warmest,
        coldest,
        hours=24 if days else 1,
    )
    soil = 0.0 if days else np.where(net >= 0, *SURFACES["fao56"].soil) * net
    return priestley_taylor(site.temperature(), net - soil, site.elevation) / (24 if days else 1)


def _makkink(site: Site) -> np.ndarray:
    return makkink(site.temperature(), site.shortwave()) / (24 if site.step == DAY else 1)


def _hargreaves_samani(site: Site) -> np.ndarray:
    return _over_days(site, lambda coldest, _, warmest, sent: hargreaves_samani(coldest, warmest, sent))


def _oudin(site: Site) -> np.ndarray:
    return _over_days(site, lambda _, mean, __, sent: oudin(mean, sent))


def _over_days(site: Site, formula: Callable[..., np.ndarray]) -> np.ndarray:
    """Apply a daily formula; at shorter steps to days of the sun's clock, spread in proportion to the sun."""
    if site.step == DAY:
        day = (site.middle.astype("datetime64[D]") - site.middle.astype("datetime64[Y]")).astype(int) + 1
        sent = daily_extraterrestrial_radiation(site.latitude, day)
        return formula(site.extremes()[0], site.temperature(), site.extremes()[1], sent) / 24
    local = site.middle + (site.longitude / 360 * 86_400e9).round().astype("timedelta64[ns]")
    date = local.astype("datetime64[D]")
    dates, at = np.unique(date, return_inverse=True)
    values = site.temperature()
    there = np.isfinite(values)
    count = np.bincount(at, weights=there)
    enough = count >= ENOUGH_OF_A_DAY * np.bincount(at)
    mean = np.bincount(at, weights=np.where(there, values, 0)) / np.maximum(count, 1)
    coldest, warmest = np.full(dates.size, np.inf), np.full(dates.size, -np.inf)
    np.minimum.at(coldest, at[there], values[there])
    np.maximum.at(warmest, at[there], values[there])
    noon = dates.astype("datetime64[ns]") + DAY / 2 - (local[0] - site.middle[0])
    sent = daily_extraterrestrial_radiation(site.latitude, solar_time(site.longitude, noon)[0])
    sums = formula(
        np.where(enough, coldest, np.nan),
        np.where(enough, mean, np.nan),
        np.where(enough, warmest, np.nan),
        sent,
    )
    share = np.divide(site.above() * site.hours, sent[at], out=np.zeros(at.size), where=sent[at] > 0)
    rate: np.ndarray = sums[at] * share / site.hours
    return rate


_RADIATION = ("shortwave_radiation",)
_ALL = (EXTREMES[:1], EXTREMES[1:], HUMIDITY, _RADIATION, ("wind_speed",))
_BOTH = ("latitude", "longitude", "elevation")
_ASCE = "ASCE-EWRI (2005) standardized Penman-Monteith, doi:10.1061/9780784408056"

#: Method -> how it is computed and what it needs.
METHODS: MappingProxyType[str, Method] = MappingProxyType(
    {
        "fao56": Method(_reference("fao56"), _ALL, _BOTH, True, "FAO-56 Penman-Monteith, Allen et al. (1998)"),
        "asce_short": Method(_reference("asce_short"), _ALL, _BOTH, True, f"{_ASCE}, short surface"),
        "asce_tall": Method(_reference("asce_tall"), _ALL, _BOTH, True, f"{_ASCE}, tall surface"),
        "priestley_taylor": Method(
            _priestley_taylor,
            (TEMPERATURE, HUMIDITY, _RADIATION),
            _BOTH,
            True,
            "Priestley and Taylor (1972), doi:10.1175/1520-0493(1972)100<0081:OTAOSH>2.3.CO;2",
        ),
        "makkink": Method(_makkink, (TEMPERATURE, _RADIATION), (), True, "Makkink as of de Bruin (1987)"),
        "hargreaves_samani": Method(
            _hargreaves_samani,
            (EXTREMES[:1], EXTREMES[1:]),
            ("latitude",),
            False,
            "Hargreaves and Samani (1985), doi:10.13031/2013.26773",
        ),
        "oudin": Method(
            _oudin,
            (TEMPERATURE,),
            ("latitude",),
            False,
            "Oudin et al. (2005), doi:10.1016/j.jhydrol.2004.08.026",
        ),
    }
)
