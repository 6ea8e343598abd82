"""Pages: server-drawn, readable without JavaScript."""
