"""Tables of a user's own: which release their codes are of, and how they are carried to another."""
