"""A first mapping for tables that nobody has described."""
