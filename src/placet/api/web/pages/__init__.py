"""Hosted pages for people: preferences, opt-out forms, cookie policy and partners."""
