"""The policy engine: evaluates each event against each connection and keeps the verdict."""
