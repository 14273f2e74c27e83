"""Where sensors, clusters and stations are: tables of them, their depths, history and attributes."""
