"""Printed papers, from the same findings and the same drawing as the pages."""
