"""A study from its file to its page: settings, pipeline, steps, cache, run folder."""
