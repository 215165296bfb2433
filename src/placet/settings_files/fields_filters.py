"""What the fields of filters and rules mean, in the words of `fields.py`."""

from typing import Final

from placet.settings.connections import ActionSetting, FilterSetting
from placet.settings.forwarding_rules import (
    AttributeRuleSetting,
    ConsentRowSetting,
    ConsentRuleSetting,
    DataSetting,
    RulesSetting,
)

FILTERS: Final[dict[type, dict[str, str]]] = {
    FilterSetting: {
        "id": "the filter's short name, as verdicts call it",
        "title": "what people on the team read",
        "when": "which events it is about (FQL)",
        "actions": "what happens to those",
        "description": "why it is there",
        "enabled": "false lets everything pass it",
        "created_at": "when a tool made it, epoch ms",
        "updated_at": "when a tool last changed it, epoch ms",
    },
    ActionSetting: {
        "type": "DROP, SAMPLE, DROP_PROPERTIES or ALLOW_PROPERTIES",
        "percent": "for SAMPLE: the share that is kept, from 0 to 1",
        "path": "for SAMPLE: events with the same value here share their fate",
        "fields": "for the other two: field names by the path of their object; an empty path is the event itself",
    },
    RulesSetting: {
        "consent": "what the person must have said, or must not have said",
        "person": "an attribute the person must have, or must not have",
        "event": "an attribute the event must have, or must not have",
        "known_only": "true sends only what people do who are logged in",
    },
    ConsentRuleSetting: {
        "forward": "only: what matches is sent, all else held; except: the other way round",
        "when": "purposes the person agreed to or refused; one that fits is enough",
    },
    ConsentRowSetting: {
        "purpose": "the purpose, as categories name it, or `sale`",
        "given": "false fits whoever refused; with `sale`: whoever opted out of the sale of their data",
    },
    AttributeRuleSetting: {
        "forward": "only: what matches is sent, all else held; except: the other way round",
        "name": "the attribute's name",
        "value": "exactly what it must be",
    },
    DataSetting: {
        "off": "data points that are not sent, as paths such as [event, navigation, Clicked] or [user, plan]",
        "on": "data points that are sent although new ones are not",
        "new": "whether data points nobody switched are sent",
    },
}
