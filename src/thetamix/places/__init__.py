"""Where places are: distances and matching, coordinates, maps sampled at clusters."""
