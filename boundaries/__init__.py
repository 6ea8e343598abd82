"""The geography: areas through time and how they relate; knows nothing of partnerships, HTTP or drawing."""
