"""Neighbourhoods and estates: ground with versions, grown, listed, drawn or uploaded."""
