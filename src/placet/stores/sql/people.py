"""Profiles in SQL: one row for each person in each consent group, replaced by whoever saw its version."""

from typing import Final

from msgspec import json

from placet.consent.profile.profile import Profile
from placet.consent.profile.stored_profile import Id, VersionedProfile
from placet.stores.sql.statements import Row

FIND: Final = "SELECT version, body FROM profiles WHERE consent_group = $1 AND person = $2"

VERSION: Final = "SELECT version FROM profiles WHERE consent_group = $1 AND person = $2"

ADD: Final = """
    INSERT INTO profiles (consent_group, person, version, body) VALUES ($1, $2, 1, $3)
    ON CONFLICT (consent_group, person) DO NOTHING RETURNING version
"""

REPLACE: Final = """
    UPDATE profiles SET version = version + 1, body = $3
    WHERE consent_group = $1 AND person = $2 AND version = $4 RETURNING version
"""

encode: Final = json.Encoder().encode
decode: Final = json.Decoder(Profile).decode


def known_from(group: Id, person: Id, row: Row) -> VersionedProfile:
    """The profile in a row of version and body."""
    version, body = row
    return VersionedProfile(group, person, decode(body), version)
