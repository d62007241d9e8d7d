"""Dataset schema, shards, synthesis, importers, validation and torch datasets."""
