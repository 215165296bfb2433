"""Firefox over WebDriver BiDi: pages of the shop, opened, read and operated."""

import json
import subprocess
from pathlib import Path
from typing import Any, Final, Self

from on_node import installed, node_folder

from tests.clients.deployment import PATIENCE

DRIVER: Final = Path(__file__).parent / "node-firefox"


class Firefox:
    """One running Firefox. `preferences` are those of `about:config`; each visitor has cookies of their own."""

    def __init__(self, program: str, **preferences: object) -> None:
        command = [str(node_folder() / "node"), str(DRIVER / "drive.cjs"), str(installed(DRIVER)), program]
        self._driver = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.tell("start", {name.replace("__", "."): value for name, value in preferences.items()})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *why: object) -> None:
        assert self._driver.stdin
        self._driver.stdin.close()
        self._driver.wait(PATIENCE)

    def tell(self, verb: str, *words: object) -> Any:
        """Have the driver do this; what it cannot do fails the test."""
        assert self._driver.stdin and self._driver.stdout
        self._driver.stdin.write(json.dumps([verb, *words]) + "\n")
        self._driver.stdin.flush()
        told = json.loads(self._driver.stdout.readline())
        assert "fault" not in told, told["fault"]
        return told["answer"]

    def visitor(self) -> None:
        """Somebody who was never here; whoever came before has left."""
        self.tell("visitor")

    def leave(self) -> None:
        """The visitor leaves, with all tabs."""
        self.tell("leave")

    def tab(self, name: str = "tab") -> "Tab":
        """A new tab of this visitor's."""
        self.tell("tab", name)
        return Tab(self, name)


class Tab:
    """A tab, in the words of the tests."""

    def __init__(self, browser: Firefox, name: str) -> None:
        self._browser, self._name = browser, name

    def open(self, url: str) -> None:
        """Go there, and wait for the page to have loaded."""
        self._browser.tell("open", self._name, url)

    def says(self, script: str) -> Any:
        """What an expression comes to; a promise is waited for."""
        return self._browser.tell("says", self._name, script)

    def until(self, script: str) -> None:
        """Wait until an expression is true."""
        self._browser.tell("until", self._name, script)

    def click(self, selector: str) -> None:
        """Click on it as soon as it can be seen."""
        self._browser.tell("click", self._name, selector)

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self._browser.tell("press", self._name, key)
