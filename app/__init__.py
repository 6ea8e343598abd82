"""The service: partnerships, priorities and money in rooms, and the pages, API and commands that serve them."""

from app.late_imports import load_late

load_late()  # before any room names a library
