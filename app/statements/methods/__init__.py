"""What a statement of use adds up, and how two of them are held against each other; pure."""
