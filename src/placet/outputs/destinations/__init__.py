"""One destination a file: how events become requests to it, and what its answers mean."""
