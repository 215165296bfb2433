"""What tools and the console ask: previews, explanations, the live stream, filters, regulations."""
