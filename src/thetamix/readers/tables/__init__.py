"""Tables as loggers and people write them: CSV, Excel, Campbell; described by a mapping file."""
