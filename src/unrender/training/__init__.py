"""The one training loop and its parts. It knows no model by name."""
