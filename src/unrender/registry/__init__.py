"""The shipped networks in MLflow's model registry, made from code and never unpickled."""
