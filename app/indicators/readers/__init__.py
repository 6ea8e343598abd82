"""Files of indices as their publishers lay them out, read into frames with every fault listed."""
