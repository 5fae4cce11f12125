"""`python -m cxr receive` as a process of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from peers import KEY, LOCALHOST, PACS, ROUTER, US
from waiting import PATIENCE, running

from cxr.worklist.worklist import Worklist

REPOSITORY = Path(__file__).resolve().parents[2]


class Receiving:
    """A running program, and the port that it listens on."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stdout
        said = []
        # Before it listens it says what films are computed by.
        for self.first_line in process.stdout:
            said.append(self.first_line)
            if self.first_line.startswith("Listening on port "):
                break
        else:
            raise AssertionError("".join(said))
        self.port = int(self.first_line.split()[3])

    def stop(self) -> str:
        """Stop it as a service manager does, and give all that it said."""
        self.process.terminate()
        said, _ = self.process.communicate(timeout=PATIENCE)
        return self.first_line + said


def environment(folder: Path, pacs_port: int | None = None, **settings: object) -> dict[str, str]:
    """Settings of a worklist in a folder, where results go to a PACS if one is named."""
    own: dict[str, object] = {
        "DATABASE": f"sqlite:///{folder / 'worklist.sqlite3'}",
        "FILMS": folder / "films",
        "IDENTITY_KEY": KEY,
        "RECEIVE_FROM": ROUTER,
    }
    if pacs_port is not None:
        own |= {"PACS_HOST": LOCALHOST, "PACS_PORT": pacs_port, "PACS_AET": PACS}
    return os.environ | {f"CXR_{name}": str(value) for name, value in (own | settings).items()}


@contextmanager
def receiving(settings: dict[str, str], *options: str) -> Iterator[Receiving]:
    command = [sys.executable, "-m", "cxr", "receive", "--port", "0", "--aet", US, *options]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with running(*command, cwd=REPOSITORY, env=settings, **pipes) as process:
        yield Receiving(process)


def worklist_of(folder: Path) -> Worklist:
    """The same worklist, looked at from outside."""
    return Worklist(f"sqlite:///{folder / 'worklist.sqlite3'}", folder / "films", identity_key=KEY)
