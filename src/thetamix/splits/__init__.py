"""Which readings are trained on and which are evaluated: blocks, schemes, the leakage audit."""
