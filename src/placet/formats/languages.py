"""BCP 47: language tags as settings and clients spell them."""

import re
from typing import Final

LANGUAGES: Final = frozenset(
    """
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo
    es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg
    ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn
    no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta
    te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
    """.split()
)
"""The language codes of ISO 639-1."""

TAG: Final = re.compile(r"([a-z]{2,3})(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?(-([0-9][a-z0-9]{3}|[a-zA-Z0-9]{5,8}))*")
"""Language, script, region, variants, in the recommended letter case (RFC 5646 §2.1.1)."""

RIGHT_TO_LEFT: Final = frozenset({"ar", "dv", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi"})
"""Languages written from right to left."""


def is_language(tag: str) -> bool:
    """True for a well-formed tag in the recommended case whose two-letter language exists: `de`, `pt-BR`, `zh-Hant`."""
    match = TAG.fullmatch(tag)
    return match is not None and (len(match[1]) == 3 or match[1] in LANGUAGES)


def right_to_left(language: str) -> bool:
    """True for languages written from right to left."""
    return language.partition("-")[0].lower() in RIGHT_TO_LEFT
