"""Arrays for and from other libraries."""
