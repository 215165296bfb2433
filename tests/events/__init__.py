"""Tables and properties for the floor that judges events."""
