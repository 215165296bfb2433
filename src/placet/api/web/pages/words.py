"""The pages' own words, in the languages of the banner's."""

from typing import Final

from placet.api.web.words import table

PAGES: Final = table(package=__package__)
"""Language to word to text."""
