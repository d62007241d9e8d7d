"""What a loss is, per network: objective(model, batch, generator) -> {"loss": scalar, and its terms}."""
