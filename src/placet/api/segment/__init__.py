"""The Segment dialect: tracking API and CDN settings."""
