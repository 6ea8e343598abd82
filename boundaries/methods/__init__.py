"""Pure geometry and arithmetic: arrays and frames in, arrays and frames out; no files, no clock."""
