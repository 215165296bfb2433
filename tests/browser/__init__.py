"""The browser SDK in a real browser, against a real server."""
