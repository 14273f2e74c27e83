"""thetamix: the whole distribution of soil moisture at every place, depth and hour."""

__version__ = "0.1.0"
