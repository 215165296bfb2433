"""OneTrust's cookies, consent string and storage keys."""
