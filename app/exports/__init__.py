"""Files out: GeoPackage, CSV and GeoJSON of what the pages show."""
