"""What a consent banner costs the page it stands on: ours beside others, in one browser, taking turns."""
