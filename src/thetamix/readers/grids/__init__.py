"""Weather on grids, such as ERA5-Land."""
