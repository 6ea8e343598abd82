"""Pure computation: what of small areas lies in some ground, growing and naming, versions against each other."""
