"""Settings files become an organisation, or a list of what is wrong with them, line by line."""

from pathlib import Path
from typing import Final

from msgspec import Struct, UnsetType

from placet.settings.organisation import Organisation
from placet.settings_files.decode import Decoder
from placet.settings_files.merge import merge
from placet.settings_files.yaml_tree import SettingsProblem, SourceLocation, Unreadable, YamlMapping, YamlScalar, parse

ENDINGS: Final = (".yaml", ".yml")
MAX_FILES: Final = 1000
OURS_TO_SKIP: Final = "x-"
"""Top-level keys that begin so are the author's own, for anchors; they are not settings."""


class Reading(Struct, frozen=True):
    """What was read: the organisation, None if anything is wrong; the tree says where each value stands."""

    organisation: Organisation | None
    problems: tuple[SettingsProblem, ...]
    tree: YamlMapping


def read(path: Path) -> Reading:
    """Read one file, or every `.yaml` and `.yml` below a folder (in the order of their names) as one.

    In a folder lists follow one another, workspaces with one `id` join, and a scalar may be said twice only
    alike. Everything that can be found wrong is reported at once.
    """
    files = settings_files(path)
    if not files:
        problem = SettingsProblem(
            SourceLocation(str(path)), "there are no settings here", "name a .yaml file or a folder of them"
        )
        return Reading(None, (problem,), YamlMapping(SourceLocation(str(path)), {}, {}))
    if len(files) > MAX_FILES:
        problem = SettingsProblem(
            SourceLocation(str(path)), f"more than {MAX_FILES} files", "name the folder that holds the settings"
        )
        return Reading(None, (problem,), YamlMapping(SourceLocation(str(path)), {}, {}))
    return read_texts([(str(file), file.read_bytes()) for file in files])


def settings_files(path: Path) -> list[Path]:
    """The files a path stands for; hidden files and folders are left out."""
    if path.is_file():
        return [path]
    found = (file for file in path.rglob("*") if file.suffix in ENDINGS and file.is_file())
    return sorted(file for file in found if not any(part.startswith(".") for part in file.relative_to(path).parts))


def read_texts(files: list[tuple[str, bytes]]) -> Reading:
    """Read settings from (file name, bytes) pairs, which are one organisation together."""
    tree, problems = YamlMapping(SourceLocation(files[0][0]), {}, {}), []
    for name, data in files:
        part, found = read_part(name, data)
        problems += found
        problems += merge(tree, part)
    decoder = Decoder(whole=not problems)
    organisation = decoder.organisation(tree)
    problems += decoder.problems
    if problems or isinstance(organisation, UnsetType):
        return Reading(None, tuple(sorted(problems, key=place)), tree)
    return Reading(organisation, (), tree)


def read_part(name: str, data: bytes) -> tuple[YamlMapping, list[SettingsProblem]]:
    """One file's tree without the author's own keys; an empty map beside the problem when it cannot be read."""
    nothing = YamlMapping(SourceLocation(name), {}, {})
    try:
        root, problems = parse(data.decode("utf-8-sig"), name)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return nothing, [
            SettingsProblem(SourceLocation(name, line), "this is not UTF-8 text", "save the file as UTF-8")
        ]
    except Unreadable as unreadable:
        return nothing, [unreadable.problem]
    if root is None:
        return nothing, problems
    if not isinstance(root, YamlMapping):
        kind = "text" if isinstance(root, YamlScalar) else "a list"
        return nothing, [
            *problems,
            SettingsProblem(root.spot, f"the file holds {kind}, not settings", "begin with 'id: …'"),
        ]
    kept = {key: node for key, node in root.items.items() if not key.startswith(OURS_TO_SKIP)}
    return YamlMapping(root.spot, kept, root.keys), problems


def place(problem: SettingsProblem) -> tuple[str, int, int]:
    """The order in which problems are told: file by file, from the top."""
    return (problem.spot.file, problem.spot.line, problem.spot.column)
