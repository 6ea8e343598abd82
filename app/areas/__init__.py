"""Areas over HTTP: one by code, by name, by point, by postcode."""
