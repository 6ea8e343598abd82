"""Pure computation: rules and their evaluation, groups of areas, list against list."""
