"""The page that a run ends with: scores, the split and its leakage, what is good and what to distrust."""
