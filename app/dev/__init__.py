"""What a checkout needs to run by itself: the private PostGIS and its commands (`bounds db …`)."""
