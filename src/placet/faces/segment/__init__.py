"""Speaks Segment's dialect: events come in, pages learn what they must ask."""
