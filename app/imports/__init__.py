"""Imports that run on while nobody waits (table `import_runs`): begun with a file, found again by their id.

Entry points: `routes.router`, `actions.begin_run`, `running.Runs`, `worker` (the inside of one run).
"""
