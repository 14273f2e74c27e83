"""What the explorer of the page shows: every series, thinned and packed as text."""
