"""The loading of places' geography lives in `app.sources.geography`; this name stays for those who import it."""

from app.sources.geography import load_districts, load_small_areas

__all__ = ["load_districts", "load_small_areas"]
