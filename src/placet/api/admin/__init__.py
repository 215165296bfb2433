"""The admin API: previews, explanations, the live stream, filters and regulations."""
