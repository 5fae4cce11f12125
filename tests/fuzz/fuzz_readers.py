"""Coverage-guided fuzzing of the film readers: `python tests/fuzz/fuzz_readers.py FOLDER [MINUTES]`.

Atheris runs in a child process, which is started again when a film ends it. What a reader must not do is kept
in FOLDER/finds, one file for each place in the code; the corpus that it grows is in FOLDER/corpus.
"""

import hashlib
import os
import resource
import subprocess
import sys
import time
import traceback
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

LONGEST_SECONDS = 4.0
"""Processor time for all that is done with one film here, which is about six times what one reader does."""
MEMORY_MB = 3000
LARGEST = 200_000


def main(folder: Path, minutes: float) -> None:
    """Fuzz for so many minutes, then list what was found."""
    from fuzz.seed_films import seed_films

    corpus, finds = folder / "corpus", folder / "finds"
    for place in (corpus, finds):
        place.mkdir(parents=True, exist_ok=True)
    for name, film in seed_films().items():
        (corpus / name).write_bytes(film)
    end = time.monotonic() + 60 * minutes
    while (left := int(end - time.monotonic())) > 0:
        options = [f"-max_total_time={left}", f"-max_len={LARGEST}", f"-rss_limit_mb={MEMORY_MB}"]
        # The clock on the wall decides nothing: on a busy machine every film is slow.
        options += ["-timeout=300", "-report_slow_units=300", "-close_fd_mask=3"]
        options += [f"-artifact_prefix={finds}/", "-print_final_stats=1"]
        command = [sys.executable, __file__, "--child", str(finds), *options, str(corpus)]
        subprocess.run(command, check=False)
    found = sorted(path.name for path in finds.iterdir())
    print(f"{len(found)} finds in {finds}", *found, sep="\n  ")
    sys.exit(bool(found))


def child(finds: Path, options: list[str]) -> None:
    """Let atheris call the readers until it is done, or a film ends the process."""
    import atheris

    with atheris.instrument_imports(include=["cxr.film", "pydicom", "PIL"]):
        from fuzz import readers
    from fuzz.mutations import mutated
    from fuzz.seed_films import seed_films

    seeds = list(seed_films().values())

    def try_film(data: bytes) -> None:
        before = resource.getrusage(resource.RUSAGE_SELF)
        try:
            readers.exercise(data)
        except MemoryError:
            keep(data, "memory", "MemoryError")
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            reason = str(error) if isinstance(error, readers.BrokenPromise) else ""
            keep(data, type(error).__name__, f"{place.filename}:{place.name} {reason}")
        after = resource.getrusage(resource.RUSAGE_SELF)
        if (seconds := after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) > LONGEST_SECONDS:
            keep(data, "slow", f"{seconds:.0f}")
        if (grown := after.ru_maxrss - before.ru_maxrss) > 200 * 1024:
            keep(data, "large", f"{grown // 1024 // 100}")

    def keep(data: bytes, kind: str, where: str) -> None:
        name = f"{kind}-{hashlib.sha256(where.encode()).hexdigest()[:8]}"
        if not (finds / name).exists():
            (finds / name).write_bytes(data)
            (finds / f"{name}.txt").write_text(where + "\n")

    def mutate(data: bytes, longest: int, seed: int) -> bytes:
        random = Random(seed)
        if random.random() < 0.3:
            return bytes(atheris.Mutate(data, longest))[:longest]
        return mutated(random, [data, *random.sample(seeds, 1)] if data else seeds)[:longest]

    atheris.Setup([sys.argv[0], *options], try_film, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    if sys.argv[1] == "--child":
        child(Path(sys.argv[2]), sys.argv[3:])
    else:
        os.nice(15)
        main(Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 30.0)
