"""YAML text as a tree in which every node remembers the line it stands on."""

from collections.abc import Iterator
from typing import Any, Final, NoReturn, TypeAlias

from msgspec import Struct
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

MAX_BYTES: Final = 4 * 1024 * 1024
"""How long one file may be."""
MAX_DEPTH: Final = 40
"""How deep lists and maps may nest."""
MAX_NODES: Final = 200_000
"""How many nodes a file may have once every alias is followed: ten aliases of ten aliases grow fast."""


class SourceLocation(Struct, frozen=True):
    """A place in a file; line and column count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class SettingsProblem(Struct, frozen=True):
    """Something wrong in a file: where, what, and what to do about it."""

    spot: SourceLocation
    what: str
    cure: str = ""

    def __str__(self) -> str:
        return f"{self.spot}: {self.what}" + (f" – {self.cure}" if self.cure else "")


class Unreadable(Exception):
    """The text is no YAML we accept; carries the one problem that stopped us."""

    def __init__(self, problem: SettingsProblem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class YamlScalar(Struct):
    """A text as written; `plain` when it stood without quotes."""

    spot: SourceLocation
    text: str
    plain: bool = False
    size: int = 1


class YamlMapping(Struct):
    """Keys in their order, each with the spot it stands on."""

    spot: SourceLocation
    items: "dict[str, Node]"
    keys: dict[str, SourceLocation]
    size: int = 1


class YamlSequence(Struct):
    """Items in their order."""

    spot: SourceLocation
    items: "list[Node]"
    size: int = 1


Node: TypeAlias = YamlScalar | YamlMapping | YamlSequence


def parse(text: str, file: str) -> tuple[Node | None, list[SettingsProblem]]:
    """The tree of one YAML document, None when it holds nothing; beside it what can be reported without stopping.

    Anchors and aliases are followed; tags, merge keys and second documents are refused. Raises Unreadable.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise Unreadable(
            SettingsProblem(SourceLocation(file), f"the file is longer than {MAX_BYTES} bytes", "split it into several")
        )
    try:
        composer = Composer(file, YAML(typ="safe", pure=True).parse(text))
        return composer.document(), composer.problems
    except MarkedYAMLError as error:
        raise Unreadable(syntax_problem(file, error)) from None
    except YAMLError as error:
        what = str(error).splitlines()[0]
        raise Unreadable(
            SettingsProblem(SourceLocation(file), f"this is not YAML: {what}", "save the file as UTF-8 text")
        ) from None


def syntax_problem(file: str, error: MarkedYAMLError) -> SettingsProblem:
    """What the parser stumbled over, in words of ours where we know a cure."""
    mark = error.problem_mark or error.context_mark
    spot = SourceLocation(file, mark.line + 1, mark.column + 1) if mark else SourceLocation(file)
    what = error.problem or error.context or "this is not YAML"
    if "\\t" in what:
        return SettingsProblem(spot, "a tab cannot indent or begin a value in YAML", "use spaces")
    if "mapping values are not allowed" in what:
        return SettingsProblem(
            spot, "a ':' stands where a value cannot have one", "put the text in quotes or fix the indent"
        )
    if "could not find expected ':'" in what:
        return SettingsProblem(spot, "a ':' is missing", "write 'key: value', and indent the lines of a long text")
    return SettingsProblem(spot, f"this is not YAML: {what}", "look at the indent, quotes and brackets around here")


class Composer:
    """Builds the tree from the parser's events, within the limits on depth and size."""

    def __init__(self, file: str, events: Iterator[Any]) -> None:
        self.file = file
        self.events = events
        self.problems: list[SettingsProblem] = []
        self.anchors: dict[str, Node] = {}
        self.depth = 0
        self.nodes = 0

    def document(self) -> Node | None:
        """The only document of the file."""
        root: Node | None = None
        started = False
        for event in self.events:
            if not isinstance(event, DocumentStartEvent):
                continue
            if started:
                self.stop(event, "a second document begins here", "keep one document in each file")
            started = True
            root = self.node(next(self.events))
        if isinstance(root, YamlScalar) and root.plain and not root.text:
            return None
        return root

    def node(self, event: Any) -> Node:
        """The node that begins with this event."""
        if isinstance(event, AliasEvent):
            return self.alias(event)
        if event.tag is not None and not (isinstance(event, ScalarEvent) and event.tag == "!"):
            self.stop(event, f"the tag {event.tag} is not allowed", "write the bare value")
        node = self.untagged(event)
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        return node

    def untagged(self, event: Any) -> Node:
        """The scalar, mapping or sequence that begins here."""
        self.count(event, 1)
        if isinstance(event, ScalarEvent):
            return YamlScalar(self.spot(event), event.value, plain=event.style in (None, ""))
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.stop(event, f"nested deeper than {MAX_DEPTH} levels", "no setting needs that: check the brackets")
        node = self.mapping(event) if isinstance(event, MappingStartEvent) else self.sequence(event)
        self.depth -= 1
        return node

    def alias(self, event: Any) -> Node:
        """The node an alias stands for. One that is not finished cannot be named: that would be a circle."""
        node = self.anchors.get(event.anchor)
        if node is None:
            self.stop(
                event, f"nothing above is anchored as &{event.anchor}", f"anchor a finished value: &{event.anchor}"
            )
        self.count(event, node.size)
        return node

    def mapping(self, start: MappingStartEvent) -> YamlMapping:
        """Keys and values up to the end of the mapping."""
        node = YamlMapping(self.spot(start), {}, {})
        before = self.nodes
        while not isinstance(event := next(self.events), MappingEndEvent):
            key = self.node(event)
            value = self.node(next(self.events))
            self.put(node, key, value)
        node.size += self.nodes - before
        return node

    def put(self, node: YamlMapping, key: Node, value: Node) -> None:
        """Enter one pair, or say why it cannot be."""
        if not isinstance(key, YamlScalar):
            self.problems.append(SettingsProblem(key.spot, "a key must be a word", "put a name before the ':'"))
        elif key.text == "<<" and key.plain:
            cure = "write the keys out, or use an alias for a whole value (key: *name)"
            self.problems.append(SettingsProblem(key.spot, "merge keys (<<) are not supported", cure))
        elif key.text in node.keys:
            what = f"'{key.text}' is said twice here, first in line {node.keys[key.text].line}"
            self.problems.append(SettingsProblem(key.spot, what, "keep one of the two"))
        else:
            node.items[key.text] = value
            node.keys[key.text] = key.spot

    def sequence(self, start: SequenceStartEvent) -> YamlSequence:
        """Items up to the end of the sequence."""
        node = YamlSequence(self.spot(start), [])
        before = self.nodes
        while not isinstance(event := next(self.events), SequenceEndEvent):
            node.items.append(self.node(event))
        node.size += self.nodes - before
        return node

    def count(self, event: Any, more: int) -> None:
        """Keep to the limit on nodes."""
        self.nodes += more
        if self.nodes > MAX_NODES:
            self.stop(event, f"more than {MAX_NODES} values, aliases counted each time", "split or simplify the file")

    def spot(self, event: Any) -> SourceLocation:
        """Where an event stands."""
        return SourceLocation(self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def stop(self, event: Any, what: str, cure: str) -> NoReturn:
        """Refuse the file."""
        raise Unreadable(SettingsProblem(self.spot(event), what, cure))


def find(node: Node, path: tuple[str | int, ...]) -> SourceLocation:
    """Where the value at `path` stands: its key or item, else the nearest thing around it that is written."""
    spot = node.spot
    for step in path:
        if isinstance(node, YamlMapping) and step in node.items:
            spot = node.keys[str(step)]
            node = node.items[str(step)]
        elif isinstance(node, YamlSequence) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            spot = node.spot
        else:
            return spot
    return spot
