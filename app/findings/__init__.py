"""The answer for one place, gathered once: verdict, priorities and money, for every face of Bounds."""
