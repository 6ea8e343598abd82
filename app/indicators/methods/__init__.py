"""Pure computation: periods and ranks of indicators, values on one scale, indices composed and summarised."""
