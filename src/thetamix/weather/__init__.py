"""What drives the soil: sun, humidity and potential evapotranspiration."""
