"""Score many mutated films with `cxr score`: `python tests/fuzz/score_hostile.py [FILMS] [SEED]`.

Every film must get one line, none may take over 5 seconds, and the program with its children must stay under
1.5 GB. Exit code 1 where one of that does not hold.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from fuzz.mutations import mutated
from fuzz.seed_films import seed_films

LONGEST_SECONDS, MOST_MB = 5.0, 1500.0


def write_films(folder: Path, count: int, seed: int) -> None:
    """Write mutated films under the names of their numbers."""
    random, films = Random(seed), list(seed_films().values())
    for number in range(count):
        (folder / f"{number:06}").write_bytes(mutated(random, films))


def memory_mb(process: int) -> float:
    """Add up what a process and its children occupy, each page once (proportional set size)."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return sum(_share_mb(int(one)) for one in [process, *children])


def _share_mb(process: int) -> float:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended meanwhile
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def watch(process: "subprocess.Popen[str]", peak: list[float]) -> None:
    """Keep the largest memory until the process ends."""
    while process.poll() is None:
        try:
            peak[0] = max(peak[0], memory_mb(process.pid))
        except OSError:
            return
        time.sleep(0.5)


def main(count: int, seed: int) -> None:
    """Make the films, score them and print what was seen."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_films(folder, count, seed)
        command = [sys.executable, "-m", "cxr", "score", "--json", str(folder)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            peak = [0.0]
            watcher = threading.Thread(target=watch, args=(process, peak))
            watcher.start()
            assert process.stdout
            rows, longest, began = [], 0.0, time.monotonic()
            before: float | None = None  # the first line also waits for the model to load
            for line in process.stdout:
                now = time.monotonic()
                longest = max(longest, now - (before or now))
                before = now
                rows.append(json.loads(line))
        watcher.join()
    codes = Counter(reason["code"] for row in rows if row["seconds"] is None for reason in row["reasons"])
    names = {Path(row["file"]).name for row in rows}
    print(
        f"{count} films, {len(rows)} lines, {count - len(names)} left out as other kinds of files (see above)"
    )
    print(
        f"{time.monotonic() - began:.0f} s; longest wait for a line {longest:.1f} s; {peak[0]:.0f} MB at most"
    )
    print(f"exit code {process.returncode}; scored or refused by what they show {len(rows) - codes.total()}")
    print(f"not read: {dict(codes.most_common())}")
    kept = len(names) == len(rows) and longest <= LONGEST_SECONDS and peak[0] <= MOST_MB
    sys.exit(not (kept and process.returncode in (0, 1)))


if __name__ == "__main__":
    os.nice(15)
    main(*(int(number) for number in (*sys.argv[1:], *("10000", "0")[len(sys.argv) - 1 :])))
