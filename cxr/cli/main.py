"""The table of commands, each imported only when it runs, so that `cxr --help` answers at once."""

import logging
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from cxr import RESEARCH_USE

# Module in cxr.cli, object in it, one line of help: the first of the object's own.
PANELS = {
    "Clinic": {
        "score": ("scoring", "score", "Score films, one line per film."),
        "worklist": ("worklist", "worklist_app", "Add films to the worklist, and purge old ones."),
        "watch": ("worklist", "watch", "Add every film that arrives in a folder to the worklist."),
        "work": ("worklist", "work", "Score the films that wait on the worklist."),
        "receive": ("receiving", "receive", "Receive films from the PACS, score them, send results back."),
        "fetch": ("fetching", "fetch", "Fetch past films from the PACS by date, to test the model on."),
        "outbox": ("receiving", "outbox", "Show which results wait for the PACS, and which were sent."),
        "user": ("accounts", "user_app", "Add, change and list the accounts that may sign in."),
        "token": (
            "tokens",
            "token_app",
            "Add, revoke and list the tokens of programs that use the HTTP API.",
        ),
        "findings": ("findings", "findings", "Take findings of films that were reported elsewhere."),
        "audit": ("auditing", "audit_app", "Show and verify the audit trail."),
        "acceptance": ("accepting", "acceptance", "Test the model on labelled films of this hospital."),
        "profile": (
            "accepting",
            "profile",
            "Fit calibration and operating points on labelled films of this hospital.",
        ),
        "silent": ("silent", "silent", "Withhold results while films are scored as usual, or show them."),
        "compare": ("comparing", "compare", "Compare two bundles on labelled films of this hospital."),
        "monitor": (
            "monitoring",
            "monitor",
            "Report films, flags, agreement of readers and drift of scores in a period.",
        ),
        "backup": ("keeping", "backup", "Back up the worklist while it is in use."),
        "restore": ("keeping", "restore", "Restore a backup into an empty place."),
        "verify": ("keeping", "verify", "Verify that every row has its film, and every film its row."),
        "simulate": ("simulating", "simulate", "Simulate how long films wait in each reading order."),
        "settings": ("loading", "settings", "Print every setting, its value and its purpose."),
    },
    "Laboratory": {
        "train": ("training", "train", "Train a network on labelled films and write its bundle."),
        "refit": ("training", "refit", "Fit calibration and operating points of the bundle again."),
        "evaluate": ("measuring", "evaluate", "Measure the model on labelled films and draw figures."),
        "evidence": ("measuring", "evidence", "Measure the model on every set of films."),
        "compare-heat": ("measuring", "compare_heat", "Compare heat maps with and without the loss on them."),
        "site-gain": ("measuring", "site_gain", "Measure what a site profile of a few films gains."),
        "notice-drift": (
            "measuring",
            "notice_drift",
            "Measure within how many films each kind of drift is noticed.",
        ),
        "point-rules": ("measuring", "point_rules", "Compare rules for calibration and operating points."),
        "card": ("measuring", "card", "Write the model card and its figures."),
        "results": ("measuring", "results", "Print the model's main figures, as the README shows them."),
        "join": ("training", "join", "Join two bundles: trunks side by side, and the mean of their logits."),
        "leave-out": ("training", "leave_out", "Train without a hospital and measure on it."),
        "composites": ("training", "composites", "Blend training films into sample films that show nobody."),
        "bench": ("benchmarking", "bench", "Measure speed on real films, against a plain pipeline."),
        "bench-users": ("benchmarking", "bench_users", "Measure how the app bears many people at once."),
        "bench-pages": ("benchmarking", "bench_pages", "Measure how fast the worklist's pages answer."),
        "bench-viewer": ("benchmarking", "bench_viewer", "Measure how soon the viewer shows a film."),
    },
}
"""The commands by the panel of the help that they are in."""
COMMANDS = {
    name: (panel, *command) for panel, commands in PANELS.items() for name, command in commands.items()
}


class _LateCommand(TyperCommand):
    """A name and one line of help; what it names is imported once its arguments are to be parsed."""

    def __init__(self, name: str) -> None:
        panel, module, attribute, summary = COMMANDS[name]
        super().__init__(name, help=summary, rich_help_panel=panel)
        self._module, self._attribute = module, attribute

    def load(self) -> Any:
        """Import the command, or the group of commands."""
        found = getattr(import_module(f"cxr.cli.{self._module}"), self._attribute)
        if isinstance(found, typer.Typer):
            return typer.main.get_group(found)
        one = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        one.command(self.name)(found)
        return typer.main.get_command(one)

    def make_context(self, *arguments: Any, **named: Any) -> Any:
        """Parse arguments as the command itself does."""
        return self.load().make_context(*arguments, **named)


class _Commands(TyperGroup):
    """The commands of the table."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes | {"commands": {name: _LateCommand(name) for name in COMMANDS}})


app = typer.Typer(
    cls=_Commands,
    help=f"Screening of chest radiographs for pneumonia. {RESEARCH_USE}",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.callback()
def _group() -> None:
    """Make `app` a group, though typer knows none of its commands."""


def main() -> None:
    """Run the command line."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    # Alembic logs every step of opening a database.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    app(prog_name="cxr")
