"""Filters as settings write them become rules that judges follow."""

from typing import assert_never

from placet.events.filters.actions import Action, AllowFields, DropAction, DropFields, FilterRule, Sample
from placet.events.filters.filter import read_filter
from placet.settings.connections import ActionKind, ActionSetting, FilterSetting


def rule_of(setting: FilterSetting) -> FilterRule:
    """The rule a setting stands for. Raises BadFilter."""
    actions = tuple(map(action_of, setting.actions))
    return FilterRule(setting.id, read_filter(setting.when), actions, setting.title, setting.enabled)


def action_of(setting: ActionSetting) -> Action:
    """What it does."""
    match setting.type:
        case ActionKind.DROP:
            return DropAction()
        case ActionKind.SAMPLE:
            return Sample(setting.percent, setting.path)
        case ActionKind.DROP_PROPERTIES:
            return DropFields(setting.fields)
        case ActionKind.ALLOW_PROPERTIES:
            return AllowFields(setting.fields)
    assert_never(setting.type)
