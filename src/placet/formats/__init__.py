"""Text or bytes in, a frozen value out, and back: the strings the standards define."""
