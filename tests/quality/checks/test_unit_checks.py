"""Units: what was converted though it should not have been."""

from thetamix.quality.checks import examine


def test_celsius_taken_for_kelvin_is_found(clean):
    air = clean["air_temperature"].copy(deep=True)
    air[1] -= 273.15
    finding = next(f for f in examine(clean.assign(air_temperature=air), "network.nc") if f.check == "kelvin")
    assert (finding.severity, finding.place) == ("error", "S01")
    assert "converted from kelvin" in finding.message
