"""The service: partnerships, priorities and money in rooms, and the pages, API and commands that serve them."""
