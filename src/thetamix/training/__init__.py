"""From a network to a trained model: inputs, windows, the loop, its checkpoints."""
