"""OGC API Features over every layer held: collections, pages, single features, filters, systems, files.

Entry points: `queries.find_collection` (what an address names), `asking.read_question` (what is
asked of it), `queries.read_page`, `routes.router` (under /ogc). Tables: feature_sets, feature_texts,
kept_features, geography_facts: what is served, finished, so that an answer is one statement that gives text.
"""
