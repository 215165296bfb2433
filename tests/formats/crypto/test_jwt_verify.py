"""Who may speak for a person: genuine tokens, and every way we know to forge one."""

import base64
import hmac
import json
from functools import cache

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, KeyBase, OctKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from placet.formats.crypto.jwt_verify import MAX_TOKEN, Keyring, TokenRefused, TokenVerified
from placet.formats.crypto.signatures import ALGORITHMS, VerifyKey
from placet.formats.errors import Malformed

# joserfc warns that EdDSA has a successor and that 1024 bits are few; both are meant here.
pytestmark = pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")

NOW = 1_790_000_000_000
SECRET = "synthetic-key-for-docs-only-32-b"
SHORT_RSA = """-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDDcOaNJ0zBbbJimNyV0xzK4fyJ
sDe9cCc1RUyJX4fhPlxB1Ars7rxtW2GEQDWoRGl8hY+/LnO5KZe3DXJnZIn0McF+
SPv6Uy4qSVHGIIwiqHkGSAYzcoTvMIr7ePuGIsTxvNFHfmBeZmeVe1gdsrySnA2y
iBjG4bfSuRf03ZbLgQIDAQAB
-----END PUBLIC KEY-----
"""
CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}


@cache
def a_signing_key(algorithm: str, which: int) -> KeyBase:
    """A key pair (or secret) made for `algorithm`; another `which` is another key."""
    del which
    if algorithm.startswith("HS"):
        return OctKey.generate_key(512)
    if algorithm.startswith("ES"):
        return ECKey.generate_key(CURVES[algorithm])
    if algorithm.startswith("Ed"):
        return OKPKey.generate_key("Ed448" if algorithm == "Ed448" else "Ed25519")
    return RSAKey.generate_key(2048)


def pem(algorithm: str, which: int = 0) -> str:
    public = a_signing_key(algorithm, which).get_op_key("verify")
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def registered(algorithm: str, which: int = 0, id: str = "k1") -> VerifyKey:
    """The key as an operator registers it: the secret as a JWK, or the public key as PEM."""
    if algorithm.startswith("HS"):
        return VerifyKey(id, algorithm, json.dumps(a_signing_key(algorithm, which).as_dict()))
    return VerifyKey(id, algorithm, pem(algorithm, which))


def signed(algorithm: str, which: int = 0, header: dict | None = None, **claims: object) -> str:
    """A token by joserfc, so that what we verify was not written by ourselves."""
    return jwt.encode(
        {"alg": algorithm, **(header or {})},
        {"sub": "shopper-42", **claims},
        a_signing_key(algorithm, which),
        registry=JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False),
        default_type=None,
    )


def web64(data: bytes | str) -> str:
    raw = data.encode() if isinstance(data, str) else data
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def by_hand(header: str, payload: str, secret: str = SECRET) -> str:
    """A token of any bytes, honestly signed with HS256."""
    text = f"{web64(header)}.{web64(payload)}"
    return f"{text}.{web64(hmac.digest(secret.encode(), text.encode(), 'sha256'))}"


def reason(answer: TokenVerified | TokenRefused) -> str:
    assert isinstance(answer, TokenRefused)
    return answer.reason


@pytest.fixture
def ring() -> Keyring:
    """One HS256 secret, registered as text."""
    return Keyring([VerifyKey("k1", "HS256", SECRET)])


def test_the_example_of_the_reference_is_verified(ring):
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJzaG9wcGVyLTQyIn0.t-XGlOZyZibzNNfn3WV9W1TUQ51Nw8J7gjhhVAqdXng"
    assert ring.verify(token, "shopper-42", NOW) == TokenVerified("shopper-42", {"sub": "shopper-42"})


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_algorithm_verifies_its_own_token_and_no_other_keys(algorithm):
    ring = Keyring([registered(algorithm)])
    assert ring.verify(signed(algorithm), "shopper-42", NOW) == TokenVerified("shopper-42", {"sub": "shopper-42"})
    assert "signature" in reason(ring.verify(signed(algorithm, which=1), "shopper-42", NOW))


@pytest.mark.parametrize("algorithm", ["RS256", "ES384", "EdDSA"])
def test_a_public_key_may_be_a_jwk(algorithm):
    jwk = json.dumps(a_signing_key(algorithm, 0).as_dict(private=False))
    ring = Keyring([VerifyKey("k1", algorithm, jwk)])
    assert isinstance(ring.verify(signed(algorithm), "shopper-42", NOW), TokenVerified)


@pytest.mark.parametrize("prefix", ["", "Bearer ", "bearer ", "BEARER  "])
def test_a_token_may_come_bare_or_after_bearer(ring, prefix):
    token = prefix + by_hand('{"alg":"HS256"}', '{"sub":"shopper-42"}')
    assert isinstance(ring.verify(token, "shopper-42", NOW), TokenVerified)


@pytest.mark.parametrize(
    "times, verdict",
    [
        ({}, "good"),
        ({"exp": 61}, "good"),
        ({"exp": -59}, "good"),
        ({"exp": -60}, "expired"),
        ({"exp": -86_400}, "expired"),
        ({"nbf": 60}, "good"),
        ({"nbf": 61}, "not valid yet"),
        ({"iat": 61}, "not valid yet"),
        ({"nbf": -10, "iat": -10, "exp": 0.5}, "good"),
    ],
)
def test_times_are_honoured_with_a_minute_of_leeway(ring, times, verdict):
    claims = {"sub": "s", **{name: NOW / 1000 + offset for name, offset in times.items()}}
    answer = ring.verify(by_hand('{"alg":"HS256"}', json.dumps(claims)), "s", NOW)
    assert isinstance(answer, TokenVerified) if verdict == "good" else verdict in reason(answer)


def test_a_remembered_token_still_expires(ring):
    token = by_hand('{"alg":"HS256"}', json.dumps({"sub": "s", "exp": NOW // 1000 + 1}))
    assert isinstance(ring.verify(token, "s", NOW), TokenVerified)
    assert isinstance(ring.verify(token, "s", NOW), TokenVerified)
    assert "expired" in reason(ring.verify(token, "s", NOW + 62_000))
    assert "another" in reason(ring.verify(token, "t", NOW))


def test_only_so_many_tokens_are_remembered():
    ring = Keyring([VerifyKey("k1", "HS256", SECRET)], remember=3)
    for number in range(10):
        ring.verify(by_hand('{"alg":"HS256"}', json.dumps({"sub": f"s{number}"})), f"s{number}", NOW)
    assert len(ring._genuine) == 3


@pytest.mark.parametrize("identifier", ["shopper-4", "Shopper-42", "shopper-42 ", "", "shopper-42\0"])
def test_the_subject_must_be_the_identifier_exactly(ring, identifier):
    token = by_hand('{"alg":"HS256"}', '{"sub":"shopper-42"}')
    assert "another identifier" in reason(ring.verify(token, identifier, NOW))


def test_keys_rotate_with_and_without_kid():
    ring = Keyring([registered("RS256", 0, "old"), registered("RS256", 1, "new"), registered("ES256", 0, "curve")])
    for which in (0, 1):
        assert isinstance(ring.verify(signed("RS256", which), "shopper-42", NOW), TokenVerified)
    assert isinstance(ring.verify(signed("RS256", 1, {"kid": "new"}), "shopper-42", NOW), TokenVerified)
    assert isinstance(ring.verify(signed("RS256", 1, {"kid": "theirs"}), "shopper-42", NOW), TokenVerified)
    assert "signature" in reason(ring.verify(signed("RS256", 1, {"kid": "old"}), "shopper-42", NOW))
    assert "no active key" in reason(ring.verify(signed("RS256", 1, {"kid": "curve"}), "shopper-42", NOW))


def test_a_withdrawn_key_verifies_nothing():
    assert "no active key" in reason(Keyring([]).verify(signed("RS256"), "shopper-42", NOW))


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "", None, ["HS256"], {"HS256": 1}, 256])
def test_an_unsigned_token_is_refused(ring, alg):
    token = by_hand(json.dumps({"alg": alg}), '{"sub":"s"}')
    assert "no active key" in reason(ring.verify(token, "s", NOW))
    stripped = token.rpartition(".")[0] + "."
    assert "not three" in reason(ring.verify(stripped, "s", NOW))


@pytest.mark.parametrize("spelt", [str, str.strip, lambda pem: pem.replace("\n", "\r\n")])
def test_a_public_key_cannot_serve_as_a_secret(spelt):
    """The confusion attack: sign HS256 with the public key, which everybody knows."""
    public = spelt(pem("RS256"))
    forged = by_hand('{"alg":"HS256"}', '{"sub":"s"}', secret=public)
    assert "no active key" in reason(Keyring([registered("RS256")]).verify(forged, "s", NOW))
    with pytest.raises(Malformed, match="PEM key cannot be a shared secret"):
        Keyring([VerifyKey("k1", "HS256", public)])


@pytest.mark.parametrize(
    "made, key", [("RS256", "PS256"), ("PS256", "RS256"), ("RS256", "RS512"), ("PS384", "PS256"), ("HS512", "HS256")]
)
def test_a_key_is_fixed_to_its_algorithm(made, key):
    material = pem("RS256") if made[0] != "H" else json.dumps(a_signing_key("HS512", 0).as_dict())
    answer = Keyring([VerifyKey("k1", key, material)]).verify(signed(made), "shopper-42", NOW)
    assert "no active key" in reason(answer)


@pytest.mark.parametrize(
    "key, problem",
    [
        (VerifyKey("k", "none", ""), "none is not supported"),
        (VerifyKey("k", "HS1", SECRET), "HS1 is not supported"),
        (VerifyKey("k", "HS256", ""), "0 bytes can be guessed"),
        (VerifyKey("k", "HS256", "hunter2"), "7 bytes can be guessed"),
        (VerifyKey("k", "HS256", '{"kty":"RSA"}'), "public JWK cannot be a shared secret"),
        (VerifyKey("k", "HS256", '{"kty":"oct"}'), "not a key we can read"),
        (VerifyKey("k", "HS256", '{"kty":'), "broken JSON"),
        (VerifyKey("k", "RS256", SECRET), "not a key we can read"),
        (VerifyKey("k", "RS256", '{"kty":"RSA"}'), "not a key we can read"),
        (VerifyKey("k", "RS256", '{"kty":"RSA","alg":"PS256"}'), "says it is for PS256"),
        (VerifyKey("k", "RS256", pem("ES256")), "not an RSA key"),
        (VerifyKey("k", "ES256", pem("RS256")), "not a key on the curve secp256r1"),
        (VerifyKey("k", "ES256", pem("ES384")), "not a key on the curve secp256r1"),
        (VerifyKey("k", "EdDSA", pem("ES256")), "not an Edwards key"),
        (VerifyKey("k", "Ed25519", pem("Ed448")), "not an Edwards key"),
        (VerifyKey("k", "RS256", SHORT_RSA), "1024 bits are too few"),
    ],
)
def test_a_key_that_does_not_fit_is_refused_at_once_with_a_cure(key, problem):
    with pytest.raises(Malformed, match=problem) as refusal:
        Keyring([key])
    assert refusal.value.cure
    assert key.material not in repr(key) or not key.material


@pytest.mark.parametrize(
    "token, problem",
    [
        ("", "not three"),
        ("a.b", "not three"),
        ("a.b.c.d", "not three"),
        ("a.b.c\n", "not three"),
        ("é.b.c", "not three"),
        ("A.b.c", "header of the token is not base64url"),
        ("Bearer ", "not three"),
        ("x" * 1_000_000, f"longer than {MAX_TOKEN}"),
        (by_hand("[]", "{}"), "header of the token is not an object"),
        (by_hand('"HS256"', "{}"), "header of the token is not an object"),
        (by_hand('{"alg":"HS256"', "{}"), "header of the token is not JSON"),
        (by_hand('{"alg":"HS256","alg":"none"}', "{}"), "unique keys"),
        (by_hand('{"alg":"HS256"}', '{"sub":"a","sub":"b"}'), "payload of the token is not JSON with unique keys"),
        (by_hand('{"alg":"HS256"}', '{"sub":"a","exp":NaN}'), "payload of the token is not JSON"),
        (by_hand('{"alg":"HS256"}', "[" * 5000), "payload of the token is not JSON"),
        (by_hand('{"alg":"HS256"}', '{"sub":"a","exp":' + "9" * 5000 + "}"), "payload of the token is not JSON"),
        (by_hand('{"alg":"HS256"}', "[]"), "payload of the token is not an object"),
        (by_hand('{"alg":"HS256"}', "{}"), "no subject"),
        (by_hand('{"alg":"HS256"}', '{"sub":42}'), "no subject"),
        (by_hand('{"alg":"HS256"}', '{"sub":"s","exp":"tomorrow"}'), "exp of the token is not a number"),
        (by_hand('{"alg":"HS256"}', '{"sub":"s","nbf":true}'), "nbf of the token is not a number"),
        (by_hand('{"alg":"HS256"}', '{"sub":"s","nbf":' + "9" * 4000 + "}"), "not valid yet"),
        (by_hand('{"alg":"HS256"}', '{"sub":"s","exp":-1e300}'), "expired"),
        (by_hand('{"alg":"HS256","crit":["b64"],"b64":false}', '{"sub":"s"}'), "crit"),
        (by_hand('{"alg":"HS256"}', '{"sub":"s"}', secret="another secret of many bytes"), "signature"),
    ],
)
def test_what_is_not_a_good_token_is_refused_and_never_raises(ring, token, problem):
    assert problem in reason(ring.verify(token, "s", NOW))


def test_no_truncation_and_no_flipped_character_passes(ring):
    token = by_hand('{"alg":"HS256"}', '{"sub":"s"}')
    for cut in range(len(token)):
        assert isinstance(ring.verify(token[:cut], "s", NOW), TokenRefused)
        flipped = token[:cut] + ("A" if token[cut] != "A" else "g") + token[cut + 1 :]
        assert isinstance(ring.verify(flipped, "s", NOW), TokenRefused)


def test_a_refusal_repeats_nothing_of_the_token(ring):
    token = by_hand('{"alg":"HS256","kid":"secret-kid"}', '{"sub":"anna@example.org"}')
    assert "anna" not in reason(ring.verify(token, "other", NOW))
    assert "secret-kid" not in reason(ring.verify(token[:-4], "anna@example.org", NOW))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=3,
)
CLAIMS = st.dictionaries(st.sampled_from(["sub", "exp", "nbf", "iat", "aud", "é"]), JSON)
HEADERS = st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk"]), JSON)


@given(st.text() | st.from_regex(r"[\w-]{0,9}\.[\w-]{0,9}\.[\w-]{0,9}"), st.text())
def test_no_text_is_a_token_and_none_raises(token, identifier):
    assert isinstance(Keyring([VerifyKey("k1", "HS256", SECRET)]).verify(token, identifier, NOW), TokenRefused)


@given(HEADERS, CLAIMS)
def test_only_a_header_and_claims_that_fit_are_believed(header, claims):
    """Honestly signed, whatever the token says: it never raises, and what is believed keeps the rules."""
    token = by_hand(json.dumps({"alg": "HS256", **header}), json.dumps(claims))
    answer = Keyring([VerifyKey("k1", "HS256", SECRET)]).verify(token, "s", NOW)
    if isinstance(answer, TokenVerified):
        assert claims["sub"] == "s" and "crit" not in header
        assert header.get("alg", "HS256") == "HS256" and claims.get("exp", NOW) * 1000 + 60_000 > NOW
