"""What a prediction is worth: metrics, floors, intervals, and the readiness verdict."""
