"""Use cases of privacy: suppression, deletion, withdrawal, retention."""
