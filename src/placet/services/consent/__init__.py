"""Use cases of consent: show a notice, save, report, read a profile, opt out."""
