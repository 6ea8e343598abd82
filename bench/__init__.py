"""Benchmarks: each prints what it measured beside a named peer, or a raw limit, of the same run."""
