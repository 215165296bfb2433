"""Requests to a bucket are signed as Amazon's own worked examples are."""

from hashlib import sha256

import pytest

from placet.outputs.transport.s3 import Keys, authorization, put

KEYS = Keys("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1")
HOST = "https://examplebucket.s3.amazonaws.com"
STAMP = "20130524T000000Z"
NOTHING = sha256(b"").hexdigest()
WELCOME = sha256(b"Welcome to Amazon S3.").hexdigest()


@pytest.mark.parametrize("method, path, more, content, signature", [
    ("GET", "/test.txt", {"range": "bytes=0-9"}, NOTHING,
     "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
    ("PUT", "/test%24file.text", {"date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"},
     WELCOME, "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
    ("GET", "/?lifecycle=", {}, NOTHING, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
    ("GET", "/?max-keys=2&prefix=J", {}, NOTHING, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
])  # fmt: skip
def test_the_signature_is_the_one_of_the_worked_example(method, path, more, content, signature):
    headers = {"host": "examplebucket.s3.amazonaws.com", "x-amz-content-sha256": content, "x-amz-date": STAMP, **more}
    made = authorization(method, HOST + path, headers, content, KEYS, STAMP)
    names = ";".join(sorted(headers))
    credential = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"
    assert made == f"AWS4-HMAC-SHA256 Credential={credential},SignedHeaders={names},Signature={signature}"


def test_an_object_is_put_with_its_hash_and_the_moment():
    made = put("https://s3.example/bucket/a/b.parquet", b"PAR1", KEYS, 1_369_353_600_000)
    headers = dict(made.headers)
    assert (made.method, made.url, made.body) == ("PUT", "https://s3.example/bucket/a/b.parquet", b"PAR1")
    assert headers["x-amz-date"] == STAMP
    assert headers["x-amz-content-sha256"] == sha256(b"PAR1").hexdigest()
    assert "SignedHeaders=host;x-amz-content-sha256;x-amz-date," in headers["Authorization"]
