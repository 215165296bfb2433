"""HTTP dialects: each translates a request, calls one use case and translates the result back."""
