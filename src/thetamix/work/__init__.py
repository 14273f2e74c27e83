"""The work behind each step of a study: reads the settings, hands plain arguments to the rooms, writes files."""
