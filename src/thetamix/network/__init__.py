"""What the data are: the network file, its checks, observations, series, quality flags, PET."""
