"""Use cases of settings: publish, history, filters, vendor lists, API tokens."""
