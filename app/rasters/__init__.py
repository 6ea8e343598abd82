"""Grids of people, air and other things: stored cloud-optimised, summed over areas and footprints, drawn as tiles.

Entry points: `importing.import_raster`, `zones.figures_of_footprint`, `weights.population_weights`.
Tables: rasters, raster_bands, raster_zone_tables, raster_values, raster_footprint_values.
"""
