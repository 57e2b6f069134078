"""Questions to the library: computed by the database, or answered from lines of pages."""
