"""Pure arithmetic of tiles."""
