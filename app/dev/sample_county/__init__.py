"""Barsetshire, an invented county for a first start without any real file.

Entry point: `county.make_county(seed)`. Nothing here reads a file, a clock or a database, and no
name, code, person, pound or outline in it is real: codes begin with X, postcodes with XB.
"""
