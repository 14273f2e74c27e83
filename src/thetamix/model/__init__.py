"""The LSTM, its heads, what it was told about its inputs, and its files."""
