"""The parts that statements about features are composed of: sources, conditions, texts; each value is bound."""
