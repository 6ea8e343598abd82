"""Vector tiles of the served boundaries, plain or classed by an index, drawn from the stored levels.

Entry points: `queries.asked_layer` (what a tile is drawn from), `drawing.draw_tile`,
`stored.TileStore` (finished tiles on disk), `routes.router` (under /ogc). No tables of its own.
"""
