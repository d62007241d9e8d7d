"""Validation: rules over a dataset, repair of what can be repaired without guessing, quarantine for the rest."""
