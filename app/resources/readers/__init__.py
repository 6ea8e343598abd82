"""Files of money turned into checked frames: rows in = lines out + rows listed with the rule they broke."""
