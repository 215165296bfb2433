"""Every measurement, one after the other, each in a process of its own: `python -m bench [--quick]`, `make bench`.

With `--quick` the parts that take minutes are made short enough to see that they work; their figures mean little.
"""

import subprocess
import sys

PARTS: dict[str, list[str]] = {
    "formats_tcf": [],
    "formats_gpp": [],
    "decide": [],
    "evaluate": [],
    "identity": [],
    "dispatcher": [],
    "stores": [],
    "cmp": [],
    "ingest": [],
    "delivery": [],
    "memory": [],
    "stores_scale": [],
    "time_to_stop": [],
    "retention": [],
    "page": [],
}
QUICK: dict[str, list[str]] = PARTS | {
    "stores": ["0.3"],
    "identity": ["--people=2000", "--people=20000"],
    "cmp": ["--quick"],
    "ingest": ["--quick"],
    "delivery": ["--quick"],
    "memory": ["--quick"],
    "time_to_stop": ["--quick"],
    "retention": ["--quick"],
    "stores_scale": ["--receipts=200000", "--profiles=100000", "--saves=20000"],
    "page": ["--quick"],
}
LONGEST = 3600
"""Seconds that one part may take."""


def main(words: list[str]) -> int:
    """Run every part, also after one that failed. Returns how many failed."""
    failed = 0
    for part, arguments in (QUICK if "--quick" in words else PARTS).items():
        print(f"== bench.{part}", flush=True)
        try:
            done = subprocess.run([sys.executable, "-m", f"bench.{part}", *arguments], timeout=LONGEST, check=False)
            failed += done.returncode != 0
        except subprocess.TimeoutExpired:
            print(f"   took longer than {LONGEST} s", flush=True)
            failed += 1
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
