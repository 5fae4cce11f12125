"""The command line: `python -m cxr --help`. Torch is imported by the commands that need it only."""

import logging

import typer

from cxr import RESEARCH_USE
from cxr.cli.auditing import audit_app
from cxr.cli.benchmarking import bench
from cxr.cli.loading import load_settings
from cxr.cli.measuring import card, compare_heat, evaluate, evidence, results
from cxr.cli.receiving import outbox, receive
from cxr.cli.scoring import score
from cxr.cli.simulating import simulate
from cxr.cli.training import composites, train
from cxr.cli.worklist import watch, work, worklist_app
from cxr.settings import Settings


def settings() -> None:
    """Print every setting, its value and what it is for."""
    values = load_settings()
    for name, field in Settings.model_fields.items():
        print(f"CXR_{name.upper()}={values.shown(name)}  # {field.description}")


app = typer.Typer(
    help=f"Screening of chest radiographs for pneumonia. {RESEARCH_USE}",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for command in (
    train,
    score,
    evaluate,
    compare_heat,
    evidence,
    card,
    results,
    composites,
    simulate,
    bench,
    watch,
    work,
    receive,
    outbox,
    settings,
):
    app.command()(command)
app.add_typer(worklist_app, name="worklist")
app.add_typer(audit_app, name="audit")


def main() -> None:
    """Run the command line."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    # Tells every step of opening a database.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    app()
