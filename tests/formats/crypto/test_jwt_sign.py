"""What we sign ourselves: others can read it, and only we believe it."""

import json

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from placet.formats.crypto.jwt_sign import (
    MAX_COLLECTION_POINT,
    read_collection_point,
    sign_collection_point,
    sign_receipt,
)
from placet.formats.crypto.jwt_verify import TokenRefused, take_apart

SECRET = bytes(range(64))
CLAIMS = {"jti": "4b0c6d1e", "iat": "2026-03-04T10:16:15.000000001", "sub": "", "purposes": [{"Id": "é"}]}


def test_a_receipt_is_an_hs512_token_that_any_library_reads():
    token = sign_receipt(CLAIMS, SECRET, "a2V5LTE=")
    read = jwt.decode(token, OctKey.import_key(SECRET), algorithms=["HS512"])
    assert read.claims == CLAIMS
    assert list(read.header.items()) == [("kid", "a2V5LTE="), ("alg", "HS512")]
    assert list(take_apart(token).claims) == list(CLAIMS)


def test_a_collection_point_token_comes_back_as_it_was_signed():
    assert read_collection_point(sign_collection_point(CLAIMS, SECRET), SECRET) == CLAIMS


def altered(token: str) -> str:
    head, _, signature = token.split(".")
    forged = take_apart(sign_collection_point({**CLAIMS, "tenantId": "other"}, b"x" * 64))
    return f"{head}.{forged.signed.decode().split('.')[1]}.{signature}"


@pytest.mark.parametrize(
    "token, why",
    [
        (sign_collection_point(CLAIMS, b"x" * 64), "not signed by this server"),
        (sign_receipt(CLAIMS, SECRET, ""), "not signed by this server"),
        (altered(sign_collection_point(CLAIMS, SECRET)), "not signed by this server"),
        (sign_collection_point(CLAIMS, SECRET)[:-1], "signature of the token is not base64url"),
        (jwt.encode({"alg": "HS256"}, CLAIMS, OctKey.import_key(SECRET)), "not signed the way we sign"),
        ("", "not three"),
        ("e30.e30.e30", "not signed the way we sign"),
        ("x" * (MAX_COLLECTION_POINT + 1), "longer than"),
    ],
)
def test_a_foreign_collection_point_token_is_refused(token, why):
    answer = read_collection_point(token, SECRET)
    assert isinstance(answer, TokenRefused) and why in answer.reason


def test_a_long_list_of_purposes_fits():
    claims = {"purposes": [{"id": f"{number:036}", "version": 1} for number in range(500)]}
    assert json.dumps(read_collection_point(sign_collection_point(claims, SECRET), SECRET)) == json.dumps(claims)
