"""Pages that the server itself shows to people: their preferences, and a site's cookie policy."""
