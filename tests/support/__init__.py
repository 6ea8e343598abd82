"""What tests share: the run's databases."""
