"""What a web page loads: scripts, site data in both formats, and the automatic blocking table."""
