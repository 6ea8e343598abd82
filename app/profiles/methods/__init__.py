"""Pure computation of profiles, comparisons and the check of a board."""
