"""The answer for one place as a printed paper, as files for the analyst and as lines for the command line."""
