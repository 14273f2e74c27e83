"""Tables as they are read: the layouts of scores, models, inputs and quality, and how they are written."""
