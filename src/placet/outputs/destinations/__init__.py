"""One destination per file: how events become requests to it, and what its replies mean."""
