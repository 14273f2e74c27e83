"""Figures: one file a figure, named after what it shows; :mod:`thetamix.report.figures.registry` lists them."""
