"""What a model is told: which inputs, how they are encoded, complete windows, windows and stretches."""
