"""What the stamps of a table mean: formats, zones, summer time, the grid they lie on."""
