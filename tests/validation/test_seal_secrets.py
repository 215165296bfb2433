"""Keys are found, measured and sealed before they are kept."""

from collections.abc import Callable

import pytest

from placet.formats.crypto.secret_box import make
from placet.settings.organisation import KeySetting, Organisation
from placet.validation.seal_secrets import SealedSettings, seal_connections, seal_keys
from placet.validation.secrets import KEPT, fingerprint, mask, masked
from tests.small_organisation import small

ID = "11111111-1111-4111-8111-111111111111"
VAULT = make(b"m" * 32)
ROTATED = make(b"n" * 32, b"m" * 32)
LONG = "s" * 32
PRIVATE = "-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----"
JWK = '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}'
PLACES = {"env:SECRET": LONG, "env:SHORT": "abc", "file:key.jwk": JWK, "env:PRIVATE": PRIVATE}


def nonces() -> Callable[[int], bytes]:
    """Different every time, the same in every test."""
    counter = iter(range(100))
    return lambda size: next(counter).to_bytes(size, "big")


def look(place: str) -> str:
    if place not in PLACES:
        raise LookupError("the variable is not set")
    return PLACES[place]


def settled(written: str, stored: tuple[KeySetting, ...] = (), secret_box=VAULT) -> SealedSettings:
    organisation = small(('{id: login, algorithm: HS256, secret: "env:SECRET"}', written))
    return seal_keys(organisation, stored, secret_box, look, nonces())


HS = "{{id: login, algorithm: HS256, secret: '{}'}}"
ED = "{{id: login, algorithm: EdDSA, public_key: '{}'}}"
STORED = settled(HS.format("env:SECRET")).organisation.keys


@pytest.mark.parametrize("written", ["env:SECRET", LONG])
def test_a_secret_is_sealed(written: str) -> None:
    (key,) = settled(HS.format(written)).organisation.keys
    assert VAULT.open(key.secret, ID) == LONG.encode()


def test_the_same_secret_keeps_its_sealed_form() -> None:
    assert settled(HS.format("env:SECRET"), STORED).organisation.keys == STORED


def test_another_secret_gets_a_new_one() -> None:
    (key,) = settled(HS.format("t" * 32), STORED).organisation.keys
    assert VAULT.open(key.secret, ID) == b"t" * 32


def test_a_kept_secret_stays_under_another_name() -> None:
    (key,) = settled(f"{{id: renamed, algorithm: HS256, secret: '{mask(STORED[0].secret)}'}}", STORED).organisation.keys
    assert key == KeySetting(id="renamed", algorithm="HS256", secret=STORED[0].secret)


def test_after_rotation_a_secret_that_is_named_again_is_sealed_anew() -> None:
    (key,) = settled(HS.format("env:SECRET"), STORED, ROTATED).organisation.keys
    assert ROTATED.is_current(key.secret)
    assert ROTATED.open(key.secret, ID) == LONG.encode()


def test_after_rotation_a_kept_secret_stays_as_it_is() -> None:
    kept = HS.format(KEPT + fingerprint(STORED[0].secret))
    assert settled(kept, STORED, ROTATED).organisation.keys == STORED


def test_a_public_key_is_fetched() -> None:
    (key,) = settled(ED.format("file:key.jwk")).organisation.keys
    assert key.public_key == JWK


@pytest.mark.parametrize("written, code, field", [
    (HS.format("env:NOWHERE"), "unknown-secret", "secret"),
    (HS.format("kept:0000000000000000"), "unknown-secret", "secret"),
    (HS.format("sealed:00:AAAA"), "unknown-secret", "secret"),
    (HS.format("env:SHORT"), "short-secret", "secret"),
    (ED.format("env:NOWHERE"), "unknown-secret", "public_key"),
    (ED.format("env:SHORT"), "bad-public-key", "public_key"),
    (HS.format("file:key.jwk"), "wrong-material", "secret"),
    (ED.format("env:PRIVATE"), "private-key", "public_key"),
    (f"{{id: login, algorithm: HS512, secret: '{mask(STORED[0].secret)}'}}", "short-secret", "secret"),
])  # fmt: skip
def test_what_cannot_be_kept_is_found(written: str, code: str, field: str) -> None:
    (finding,) = settled(written, STORED).findings
    assert (finding.code, finding.path) == (code, ("keys", 0, field))
    assert finding.cure


SEND = """    sources:
      - {{id: server, name: Server, site: web, inputs: [{{key: us1-server, secret: "{0}"}}]}}
    destinations:
      - {{id: hook, name: Hook, url: https://hook.example, secret: "{0}"}}
consent_groups:"""


def sealed(written: str, stored: Organisation | None = None) -> SealedSettings:
    return seal_connections(small(("consent_groups:", SEND.format(written))), stored, VAULT, look, nonces())


def test_the_secrets_of_destinations_and_inputs_are_sealed_and_kept_as_keys_are() -> None:
    first = sealed("env:SECRET").organisation
    (one,), (source,) = first.workspaces[0].destinations, first.workspaces[0].sources
    for held in (one, source.inputs[0]):
        assert VAULT.open(held.secret, ID) == LONG.encode()
    assert sealed("env:SECRET", first).organisation == first
    assert masked(first).workspaces[0].destinations[0].secret == mask(one.secret)
    assert masked(first).workspaces[0].sources[0].inputs[0].secret == mask(source.inputs[0].secret)
    assert sealed(mask(source.inputs[0].secret), first).findings == ()


@pytest.mark.parametrize("written, code", [("env:NOTHING", "unknown-secret"), ("env:SHORT", "short-secret")])
def test_a_secret_that_will_not_do_is_found_where_it_stands(written: str, code: str) -> None:
    assert [(finding.code, finding.path) for finding in sealed(written).findings] == [
        (code, ("workspaces", 0, "destinations", 0, "secret")),
        (code, ("workspaces", 0, "sources", 0, "inputs", 0, "secret")),
    ]


def test_a_destination_may_do_without_a_secret() -> None:
    assert sealed("").findings == ()


NAMED = """    destinations:
      - {id: ads, name: A, type: google-ads, secret: env:SHORT, secrets: {refresh: env:SECRET}}
"""


def test_every_secret_of_a_destination_is_sealed_and_masked_under_its_name() -> None:
    settings = small(("consent_groups:", NAMED + "consent_groups:"))
    first = seal_connections(settings, None, VAULT, look, nonces())
    assert first.findings == ()
    (one,) = first.organisation.workspaces[0].destinations
    assert VAULT.open(one.secrets["refresh"], ID) == LONG.encode()
    assert VAULT.open(one.secret, ID) == look("env:SHORT").encode()
    (shown,) = masked(first.organisation).workspaces[0].destinations
    assert shown.secrets == {"refresh": mask(one.secrets["refresh"])}
    again = seal_connections(masked(first.organisation), first.organisation, VAULT, look, nonces())
    assert again.organisation == first.organisation


def test_a_named_secret_that_is_nowhere_is_found_where_it_stands() -> None:
    settings = small(("consent_groups:", NAMED.replace("env:SECRET", "env:NOWHERE") + "consent_groups:"))
    (finding,) = seal_connections(settings, None, VAULT, look, nonces()).findings
    assert finding.path == ("workspaces", 0, "destinations", 0, "secrets", "refresh")
