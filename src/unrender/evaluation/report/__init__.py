"""Every score, curve, confusion and case of a run on one page that opens with no network."""
