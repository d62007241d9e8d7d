"""Networks: one a file, its Config on top. No loss and no files here."""
