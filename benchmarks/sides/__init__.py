"""The sides of the speed benchmarks: their data, the loops they run, and how they take turns."""
