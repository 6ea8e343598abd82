"""The drawing: frames and plain data in, maps out; no database, no HTTP."""
