"""The ground: errors, files, locks, signals, durations, workers, progress, device; nothing of soil."""
