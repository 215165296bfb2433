"""The store ports: what is promised, and the values that cross them."""
