"""Metrics as pure functions of a prediction and the truth; one file per kind of output."""
