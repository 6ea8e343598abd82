"""Pure computation: what of small areas lies in some ground, growing and dividing, versions against each other."""
