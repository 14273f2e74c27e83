"""How tables are written: files, encodings, headers, rows, columns."""
