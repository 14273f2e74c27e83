"""What the data are: the network file, its schema and checks, units, observations, series."""
