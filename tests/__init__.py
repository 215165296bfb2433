"""Everything that holds placet to its word."""
