"""Scores: dynamics, the whole distribution, their uncertainty, and the paper's tables."""
