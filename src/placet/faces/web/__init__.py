"""What a web page loads: scripts, settings in short and long form, and the table of automatic blocking."""
