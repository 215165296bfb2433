"""The npm package in a TypeScript project of the strictest kind: what it exports is typed, with either resolution."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from on_node import node_folder

WEB = Path(__file__).parents[2] / "sdk" / "web"
LIBRARIES = ("@types", "csstype", "undici-types")

USES = """
import { type Category, type State, acceptAll, categories, has, load, onChange, whenDecided } from '@placet/web';
import { Consented, useCategory, useConsent } from '@placet/web/react';
import { connect as toMparticle } from '@placet/web/mparticle';
import { connect as toSegment } from '@placet/web/segment';
import { createElement } from 'react';

load({ base: 'https://consent.example.test', site: '5d0c1b3e-0000-4000-8000-000000000001' });
export const on: boolean = has('C0002');
export const names: string[] = categories().map((each: Category) => each.name);
export const stop: () => void = onChange((now: State | readonly string[]) => void now);
void whenDecided().then(() => acceptAll());
export function Screen() {
  const { decided, open } = useConsent();
  const shown: boolean = useCategory('C0004');
  const link = createElement('a', { onClick: open });
  return createElement(Consented, { category: 'C0002' }, decided && shown ? null : link);
}
export const both = [toMparticle, toSegment] as const;
// @ts-expect-error a category is named by its id
has(2);
"""


def compiled(project: Path, resolution: str) -> str:
    """What the compiler finds wrong with the project; nothing is excused, our own declarations least of all."""
    options = {
        "strict": True,
        "exactOptionalPropertyTypes": True,
        "noUncheckedIndexedAccess": True,
        "isolatedModules": True,
        "verbatimModuleSyntax": True,
        "skipLibCheck": False,
        "noEmit": True,
        "types": [],
        "target": "es2022",
        "lib": ["es2022", "dom", "dom.iterable"],
        "module": "nodenext" if resolution == "nodenext" else "esnext",
        "moduleResolution": resolution,
    }
    (project / "tsconfig.json").write_text(json.dumps({"compilerOptions": options, "files": ["uses.ts"]}))
    compiler = [
        str(node_folder() / "node"),
        str(WEB / "node_modules" / "typescript" / "bin" / "tsc"),
        "-p",
        str(project),
    ]
    return subprocess.run(compiler, capture_output=True, text=True, check=False).stdout


@pytest.fixture(scope="module")
def project(built: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with what npm would install: of ours nothing but what the package lists."""
    project = tmp_path_factory.mktemp("project")
    ours = project / "node_modules" / "@placet" / "web"
    shutil.copytree(WEB / "dist", ours / "dist")
    shutil.copyfile(WEB / "package.json", ours / "package.json")
    for name in LIBRARIES:
        if (WEB / "node_modules" / name).exists():
            shutil.copytree(WEB / "node_modules" / name, project / "node_modules" / name)
    (project / "package.json").write_text('{"type": "module"}')
    (project / "uses.ts").write_text(USES)
    return project


@pytest.mark.parametrize("resolution", ["bundler", "nodenext"])
def test_a_strict_project_type_checks(project: Path, resolution: str) -> None:
    assert compiled(project, resolution) == ""
