"""What all dialects share: requests, responses, routing, limits, metrics and health."""
