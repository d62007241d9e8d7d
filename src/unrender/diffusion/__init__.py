"""Noise schedules and samplers: tensors in, tensors out. Nothing here knows a network."""
