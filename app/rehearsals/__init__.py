"""Rehearsals of a reorganisation: councils grouped into unitaries that do not exist yet; nothing is stored."""
