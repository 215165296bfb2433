"""Several files' trees become one: lists follow one another, maps join, a scalar is said once."""

from placet.settings_files.yaml_tree import Node, SettingsProblem, YamlMapping, YamlScalar, YamlSequence

JOINED_BY_ID = "workspaces"
"""The list whose items may be spread over files: items with one `id` in several files are one item."""


def merge(one: YamlMapping, other: YamlMapping) -> list[SettingsProblem]:
    """Put `other` into `one`; what contradicts stays out and is reported with both places."""
    problems = []
    for key, node in other.items.items():
        mine = one.items.get(key)
        if mine is None:
            one.items[key], one.keys[key] = node, other.keys[key]
            continue
        problems += merge_value(key, one, mine, node)
    return problems


def merge_value(key: str, into: YamlMapping, mine: Node, node: Node) -> list[SettingsProblem]:
    """Join two values of one key. Lists are copied before they grow: an alias may stand elsewhere."""
    if isinstance(mine, YamlMapping) and isinstance(node, YamlMapping):
        joined = YamlMapping(mine.spot, dict(mine.items), dict(mine.keys))
        into.items[key] = joined
        return merge(joined, node)
    if isinstance(mine, YamlSequence) and isinstance(node, YamlSequence):
        items = mine.items + node.items
        problems: list[SettingsProblem] = []
        if key == JOINED_BY_ID:
            items, problems = join_by_id(items)
        into.items[key] = YamlSequence(mine.spot, items)
        return problems
    if isinstance(mine, YamlScalar) and isinstance(node, YamlScalar) and mine.text == node.text:
        return []
    what = f"'{key}' is said again, and differently: first in {mine.spot}"
    return [SettingsProblem(node.spot, what, "keep one of the two")]


def join_by_id(items: list[Node]) -> tuple[list[Node], list[SettingsProblem]]:
    """Items from different files that carry the same id, as one item; others are left as they are."""
    joined: list[Node] = []
    by_id: dict[str, YamlMapping] = {}
    problems: list[SettingsProblem] = []
    for item in items:
        name = item.items.get("id") if isinstance(item, YamlMapping) else None
        if not isinstance(item, YamlMapping) or not isinstance(name, YamlScalar):
            joined.append(item)
            continue
        first = by_id.get(name.text)
        if first is not None and first.spot.file != item.spot.file:
            problems += merge(first, item)
            continue
        copy = YamlMapping(item.spot, dict(item.items), dict(item.keys))
        by_id.setdefault(name.text, copy)
        joined.append(copy)
    return joined, problems
