"""Published rules of a site: which notice applies, what may be asked, when to ask."""
