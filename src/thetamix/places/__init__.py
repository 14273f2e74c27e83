"""Where places are: distances, nearest stations, coordinates."""
