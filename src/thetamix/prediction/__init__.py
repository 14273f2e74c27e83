"""From a trained model to mixtures: exact windows, and the file that every forecaster writes."""
