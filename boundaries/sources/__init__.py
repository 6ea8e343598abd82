"""Publishers' files read into tidy frames; one module per family of files, no database."""
