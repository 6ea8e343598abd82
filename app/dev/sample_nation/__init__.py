"""An invented nation: many counties side by side, as large as England, for benches without real files.

Entry point: `nation.make_nation(seed, counties)`. Each county is drawn as the demo county is, from a
plan of its own, and every table then covers them all. Nothing here reads a file, a clock or a
database; codes begin with X, as those of the demo county do, and never repeat its own.
"""
