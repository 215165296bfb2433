"""Use cases of events: collect, fan out, deliver, replay, explain, resolve identity."""
