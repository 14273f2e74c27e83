"""Archives of the International Soil Moisture Network, in both of their formats."""
