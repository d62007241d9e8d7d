"""Load what was shipped, and do its job for one page or a folder."""
