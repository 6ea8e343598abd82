"""Writers of files in known formats, and the layers held as GeoJSON; a writer knows its format and no domain."""
