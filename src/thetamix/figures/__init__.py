"""Figures: one file a figure, named after what it shows; :mod:`thetamix.figures.registry` lists them."""
