"""Is what was trained fit for use? Small checks, one verdict."""
