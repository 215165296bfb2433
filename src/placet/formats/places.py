"""ISO 3166: the codes of countries, and of the states that region rules distinguish."""

import re
from typing import Final

COUNTRIES: Final = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
    GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO
    JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR
    MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO
    RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV
    TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW XK
    """.split()
)
"""ISO 3166-1 alpha-2, and XK for Kosovo, which is user-assigned but what edge networks report."""

STATES: Final = {
    "US": frozenset(
        """
        AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR
        PA RI SC SD TN TX UT VT VA WA WV WI WY DC AS GU MP PR UM VI
        """.split()
    ),
    "CA": frozenset("AB BC MB NB NL NS NT NU ON PE QC SK YT".split()),
    "DE": frozenset("BB BE BW BY HB HE HH MV NI NW RP SH SL SN ST TH".split()),
}
"""ISO 3166-2 codes, without the country part, of countries with a complete list here."""

STATE: Final = re.compile(r"[A-Z0-9]{1,3}")


def is_country(code: str) -> bool:
    """True for an assigned ISO 3166-1 alpha-2 code, upper case."""
    return code in COUNTRIES


def is_state(code: str) -> bool:
    """True for codes such as `US-CA`: checked against the complete list where there is one, else by form."""
    country, _, state = code.partition("-")
    if country not in COUNTRIES or not STATE.fullmatch(state):
        return False
    return state in STATES.get(country, {state})
