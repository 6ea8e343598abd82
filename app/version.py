"""Which version this is; it stands alone, so that a command need not make the service to say it."""

VERSION = "0.1.0"  # also in pyproject.toml; a test compares them
