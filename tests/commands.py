"""Commands as they are typed."""

from typer.testing import CliRunner, Result

from cxr.cli.main import app


def run(*arguments: object, typed: str = "") -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], input=typed)
