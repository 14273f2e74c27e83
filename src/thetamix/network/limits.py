"""What soil and weather can be: the ranges that readers, the check of a network and the quality checks share."""

#: A record of soil moisture with a median above this is not a fraction [m3 m-3].
LARGEST_FRACTION = 1.0
#: Beyond, no mineral soil [m3 m-3]; a little below zero is the calibration of a sound sensor.
SOIL_MOISTURE = (-0.08, 0.70)
#: A reading above this is flagged C02 [m3 m-3] (Dorigo et al. 2013, doi:10.2136/vzj2012.0097); peat holds more: where
#: a network has ``soil_moisture_limit`` (cluster), that is meant instead.
UPPER_LIMIT = 0.60
#: Networks are read by roots and rain: a probe below this is one whose depth was taken for metres [m].
DEEPEST_PROBE = 3.0
#: A probe has an extent: none is nearer to the surface, unless it lies on it [m].
SHALLOWEST_PROBE = 0.01
#: Weather that was never seen on Earth, in the unit of the network: codes for missing values, and worse.
POSSIBLE = {
    "precipitation": (0.0, 2000.0),
    "air_temperature": (-100.0, 70.0),
    "potential_evapotranspiration": (-10.0, 10.0),
}
_TEMPERATURE = POSSIBLE["air_temperature"]
#: The same for all that readers read: a number beyond was never measured. Of soil moisture, probes that are broken or
#: not calibrated give what no soil has, and are kept as read. Greatest rain goes with the step: :data:`WETTEST_HOUR`.
CONCEIVABLE = {
    **POSSIBLE,
    "soil_moisture": (-2.5, 2.5),
    "reference_soil_moisture": (-0.1, 1.1),
    "discharge": (0.0, 1e6),
    "minimum_air_temperature": _TEMPERATURE,
    "maximum_air_temperature": _TEMPERATURE,
    "dew_point_temperature": _TEMPERATURE,
    "relative_humidity": (-20.0, 150.0),
    "vapour_pressure": (-1.0, 100.0),
    "wind_speed": (-1.0, 200.0),
    "shortwave_radiation": (-200.0, 3000.0),
    "elevation": (-450.0, 8900.0),
    "latitude": (-90.0, 90.0),
    "longitude": (-180.0, 360.0),
    "porosity": (0.05, 1.0),
    "soil_moisture_limit": (0.0, 1.0),
    "running_total": (-1e4, 1e6),
    "": (-1e6, 1e9),
}
#: What is ordinary, and no code for a missing value though it looks like one; of what is never negative, from 0 on.
#: Of precipitation [mm] in an hour; "" stands for all others.
ORDINARY = {
    "soil_moisture": (0.0, SOIL_MOISTURE[1]),
    "reference_soil_moisture": (0.0, SOIL_MOISTURE[1]),
    "precipitation": (0.0, 60.0),
    "running_total": (0.0, 1e5),
    "potential_evapotranspiration": (0.0, 3.0),
    "discharge": (0.0, 3e4),
    "air_temperature": (-60.0, 60.0),
    "minimum_air_temperature": (-60.0, 60.0),
    "maximum_air_temperature": (-60.0, 60.0),
    "dew_point_temperature": (-60.0, 60.0),
    "relative_humidity": (0.0, 110.0),
    "vapour_pressure": (0.0, 8.0),
    "wind_speed": (0.0, 60.0),
    "shortwave_radiation": (0.0, 1500.0),
    "sensor_depth": (0.0, 10.0),
    "elevation": (-60.0, 8900.0),
    "latitude": (-90.0, 90.0),
    "longitude": (-180.0, 360.0),
    "porosity": (0.0, 1.0),
    "": (-9.0, 9000.0),
}
#: Beyond, the same number again and again is a code for a missing value, or a probe without its cable.
REPEATABLE = {"soil_moisture": (-0.5, 1.1), "reference_soil_moisture": (-0.1, 1.1)}
#: Air temperature above this is not in degC.
LARGEST_TEMPERATURE = POSSIBLE["air_temperature"][1]
#: No place on Earth has a lower median of air temperature [degC].
COLDEST_MEDIAN = -60.0
#: A median of air temperature above this is in kelvin: no place on Earth is colder, none is as warm in degC or degF.
LEAST_KELVIN = 180.0
#: Greatest rain ever measured in an hour [mm]; in a step it goes with the root of its hours, through the records of
#: the World Meteorological Organization: 305 mm in 42 minutes (Holt, 1947) and 1825 mm in a day (Foc-Foc, 1966).
WETTEST_HOUR = 365.0
#: Yearly sums that climates have [mm a-1]: all but a few slopes of the tropics.
YEARLY_SUMS = {"precipitation": (5.0, 8000.0), "potential_evapotranspiration": (100.0, 4000.0)}
#: Weather whose unit is wrong beyond: relative humidity [%], and the highest one that must be a fraction; the median
#: of vapour pressure, saturated at 36 degC [kPa]; dew point above the air temperature [degC]; median of the wind, and
#: the strongest gust ever measured and a little more [m s-1]; global radiation at night, of a cold sensor [W m-2].
RELATIVE_HUMIDITY, HUMIDITY_AS_FRACTION = (0.0, 110.0), 1.5
LARGEST_VAPOUR_PRESSURE = 6.0
LARGEST_DEW_POINT_EXCESS = 3.0
LARGEST_MEDIAN_WIND, LARGEST_WIND = 25.0, 120.0
LEAST_RADIATION = -50.0
