"""Tokens over HTTP: a genuine one makes somebody known; any other leaves a call anonymous, and is a 401 on profiles.

(cmp-api.md §15.5, §4.1; RFC 8725 for the attacks)
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from tests.api.cmp.device import Device, opened, problem, why
from tests.api.node_context import SECRET, Server, token

WHO = "shopper-42"


def part(value: object) -> str:
    """Base64url of JSON."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def hand_made(header: dict[str, object], claims: dict[str, object], key: bytes, digest: str = "sha256") -> str:
    """A token with any header, signed by HMAC with any key."""
    signed = f"{part(header)}.{part(claims)}"
    mac = hmac.new(key, signed.encode(), getattr(hashlib, digest)).digest()
    return f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def flipped(genuine: str) -> str:
    """The token with another signature."""
    head, body, signature = genuine.split(".")
    return f"{head}.{body}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"


def other_body(genuine: str) -> str:
    """The token with somebody else's name under the same signature."""
    head, _, signature = genuine.split(".")
    return f"{head}.{part({'sub': 'somebody-else'})}.{signature}"


def confused(server: Server) -> str:
    """HS256 keyed with the text of a registered public key: the confusion attack."""
    pem = next(key.public_key for key in server.organisation.keys if key.algorithm == "ES256")
    return hand_made({"alg": "HS256", "kid": "stream-login"}, {"sub": WHO}, pem.encode())


def strange_key(server: Server) -> str:
    """EdDSA, but by a key nobody registered, named like one that is."""
    signed = f"{part({'alg': 'EdDSA', 'kid': 'news-login'})}.{part({'sub': WHO})}"
    raw = ed25519.Ed25519PrivateKey.generate().sign(signed.encode())
    return f"{signed}.{base64.urlsafe_b64encode(raw).decode().rstrip('=')}"


def embedded_key(server: Server) -> str:
    """A token that brings its own key along."""
    private = ed25519.Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": base64.urlsafe_b64encode(public).decode().rstrip("=")}
    signed = f"{part({'alg': 'EdDSA', 'jwk': jwk})}.{part({'sub': WHO})}"
    return f"{signed}.{base64.urlsafe_b64encode(private.sign(signed.encode())).decode().rstrip('=')}"


NOW = 1_772_600_000

ATTACKS: dict[str, Callable[[Server], str]] = {
    "missing": lambda _: "",
    "no token": lambda _: "hello",
    "two parts": lambda _: token(WHO).rpartition(".")[0],
    "forged": lambda _: token(WHO, "another secret, just as long as the right one is, and wrong"),
    "flipped signature": lambda _: flipped(token(WHO)),
    "exchanged body": lambda _: other_body(token(WHO)),
    "alg none": lambda _: f"{part({'alg': 'none'})}.{part({'sub': WHO})}.",
    "alg none, signed": lambda _: hand_made({"alg": "none"}, {"sub": WHO}, SECRET.encode()),
    "alg NONE in capitals": lambda _: hand_made({"alg": "NoNe"}, {"sub": WHO}, SECRET.encode()),
    "no alg": lambda _: hand_made({}, {"sub": WHO}, SECRET.encode()),
    "another HMAC than the key's": lambda _: hand_made({"alg": "HS512"}, {"sub": WHO}, SECRET.encode(), "sha512"),
    "public key as secret": confused,
    "unregistered key": strange_key,
    "its own key": embedded_key,
    "critical extension": lambda _: hand_made({"alg": "HS256", "crit": ["b64"]}, {"sub": WHO}, SECRET.encode()),
    "another subject": lambda _: token("somebody-else"),
    "subject in another letter case": lambda _: token(WHO.upper()),
    "no subject": lambda _: hand_made({"alg": "HS256"}, {}, SECRET.encode()),
    "subject that is a number": lambda _: hand_made({"alg": "HS256"}, {"sub": 42}, SECRET.encode()),
    "expired": lambda _: token(WHO, exp=NOW - 3600),
    "not valid yet": lambda _: token(WHO, nbf=NOW + 3600),
    "issued in the future": lambda _: token(WHO, iat=NOW + 3600),
    "expiry that is a text": lambda _: token(WHO, exp="tomorrow"),
    "endless": lambda _: "a" * 9000,
}

GENUINE: dict[str, Callable[[], str]] = {
    "bare": lambda: token(WHO),
    "behind Bearer": lambda: f"Bearer {token(WHO)}",
    "with typ": lambda: hand_made({"alg": "HS256", "typ": "JWT"}, {"sub": WHO}, SECRET.encode()),
    "with kid": lambda: hand_made({"alg": "HS256", "kid": "shop-login"}, {"sub": WHO}, SECRET.encode()),
    "with an unknown kid": lambda: hand_made({"alg": "HS256", "kid": "retired"}, {"sub": WHO}, SECRET.encode()),
    "with other claims": lambda: token(WHO, aud="shop", iss="login", admin=True),
    "still valid": lambda: token(WHO, exp=NOW + 60, nbf=NOW - 60, iat=NOW - 60),
    "within the leeway": lambda: token(WHO, exp=NOW - 30),
}


async def with_profile(server: Server) -> Device:
    """A phone on which the person refused everything, logged in."""
    phone = Device(server)
    await phone.press("BANNER_REJECT_ALL")
    await phone.log_in(WHO, token(WHO))
    return phone


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
async def test_an_attack_reads_no_profile_and_stays_anonymous(server: Server, attack: Callable[[Server], str]) -> None:
    await with_profile(server)
    thief = Device(server, who=WHO, proof=attack(server))

    for route in ("banner", "preferences", "vendors"):
        thief.memory = ""
        said = await thief.look(route)
        assert why(said) == (True, 101)
        assert opened(said["otConsentString"])["isAnonymous"] == 1
    assert "OT_LastConsentedDate" not in (await thief.look("uc-purposes"))["storageKeys"]


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
async def test_an_attack_writes_no_profile(server: Server, attack: Callable[[Server], str]) -> None:
    await with_profile(server)
    server.clock.wait(1000)
    thief = Device(server, who=WHO, proof=attack(server))
    await thief.press("BANNER_ALLOW_ALL")
    assert opened((await thief.press("SYNC_PROFILE"))["otConsentString"])["isAnonymous"] == 1

    owner = Device(server, who=WHO, proof=token(WHO))
    assert (await owner.look())["storageKeys"]["OT_GroupConsents"]["C0004"] == 0


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
@pytest.mark.parametrize("route", ["/v1/preferences", "/v2/preferences"])
async def test_an_attack_on_the_profile_routes_is_a_401(
    server: Server, route: str, attack: Callable[[Server], str]
) -> None:
    await with_profile(server)
    headers = {"tenantId": server.organisation.id, "identifier": WHO, "Authorization": attack(server)}

    answer = await server.ask("GET", route, headers)

    assert problem(answer) == (401, "ERROR_CODE_INVALID_CONSENT_REQUEST")


@pytest.mark.parametrize("genuine", GENUINE.values(), ids=GENUINE)
async def test_a_genuine_token_makes_its_person_known(server: Server, genuine: Callable[[], str]) -> None:
    await with_profile(server)
    other = Device(server, "news/news-app", who=WHO, proof=genuine())
    headers = {"tenantId": server.organisation.id, "identifier": WHO, "Authorization": genuine()}

    said = await other.look()
    assert why(said) == (True, 107), "the newspaper asks for one purpose more"
    assert opened(said["otConsentString"])["isAnonymous"] == 0
    assert (await server.ask("GET", "/v1/preferences", headers)).status == 200


async def test_a_token_that_was_believed_once_is_not_believed_past_its_end(server: Server) -> None:
    await with_profile(server)
    short = token(WHO, exp=NOW + 60)
    device = Device(server, who=WHO, proof=short)
    assert why(await device.look())[1] == 152

    server.clock.wait(10 * 60_000)
    again = Device(server, who=WHO, proof=short)

    assert why(await again.look()) == (True, 101)


async def test_a_consent_string_that_claims_to_be_known_proves_nothing(server: Server) -> None:
    known = await with_profile(server)

    thief = Device(server, memory=known.memory)
    said = await thief.press("BANNER_ALLOW_ALL")

    assert opened(said["otConsentString"])["isAnonymous"] == 1
    owner = Device(server, who=WHO, proof=token(WHO))
    assert (await owner.look())["storageKeys"]["OT_GroupConsents"]["C0004"] == 0
