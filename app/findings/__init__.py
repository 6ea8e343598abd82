"""The answer for one place: verdict, priorities and money gathered once for pages, papers, maps and the command line."""
