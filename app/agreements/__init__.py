"""What is agreed for one neighbourhood: who manages it, which services to which standard, which money it decides on."""
