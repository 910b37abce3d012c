"""The program: its commands, and the one place where an error becomes two lines and an exit code."""

from __future__ import annotations

import os
import sys

import typer
from typer.exceptions import Abort, Exit, TyperException

from tokenaudit import __version__
from tokenaudit.cli.commands import Commands
from tokenaudit.errors import REFUSALS, DataError, TokenauditError

_EPILOG = (
    "Exit codes: 0 done and good, 1 a verdict is bad, 2 usage or configuration, 3 data (unreadable, nothing found, or "
    "refused by --strict), 4 credentials or permission, 5 a service could not be reached, 70 our bug, 130 interrupted."
)

_INTERRUPTED = 130
_PYDANTIC = "Value error, "
"""What pydantic, of which typer has values read, puts before each complaint."""

app = typer.Typer(
    name="tokenaudit",
    cls=Commands,
    help="What LLM tokens really cost, and how fast they come, on AWS Bedrock and Azure OpenAI.",
    epilog=_EPILOG,
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:  # typer calls it so
    if wanted:
        typer.echo(f"tokenaudit {__version__}")
        raise Exit


@app.callback()
def options(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Show the version."
    ),  # typer's form
) -> None:
    """What LLM tokens really cost, and how fast they come, on AWS Bedrock and Azure OpenAI."""


def main() -> None:
    """Runs the program and leaves with its exit code."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy's threads wait at full speed for work that never comes
    _have_streams()
    code = _run()
    if code == _INTERRUPTED:  # typer answers Ctrl-C with this code, and says nothing
        _say("interrupted", "run the same command again: what was committed is kept")
    sys.exit(_written(code))


def _have_streams() -> None:
    """A stream that is closed from the beginning, as `>&-` does, takes everything and shows it to nobody."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115  # open to the end


def _run() -> int:
    """Runs the command, and gives its exit code."""
    try:
        code = int(typer.main.get_command(app).main(prog_name="tokenaudit", standalone_mode=False) or 0)
    except (BrokenPipeError, SystemExit):  # typer leaves by itself when a pipe is closed in the middle of a command
        _let_go()
        code = 0
    except Exit as leave:
        code = leave.exit_code
    except (KeyboardInterrupt, Abort):
        code = _INTERRUPTED
    except TokenauditError as error:
        _say(str(error), error.hint)
        code = error.exit_code
    except TyperException as error:
        message = error.format_message().replace(_PYDANTIC, "")
        _say(message, "see `tokenaudit --help`, or the --help of the command")
        code = 2
    except Exception as error:  # the last resort: told apart from every other end  # noqa: BLE001
        code = _unforeseen(error)
    return code


def _written(code: int) -> int:
    """The exit code once stdout has taken all there is, whatever the end; that it did not is no good end."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _let_go()
    except OSError as error:
        _let_go()
        return code or _unforeseen(error)
    return code


def _let_go() -> None:
    """What stdout did not take is lost: Python would try once more at the end, and complain of it.

    Whoever read our output has had enough, or has no room for it.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _unforeseen(error: Exception) -> int:
    """The exit code of what no station turned into an error of ours: the system's refusal, or else our bug."""
    if "--verbose" in sys.argv or "-v" in sys.argv:
        _trace(error)
    if isinstance(error, OSError) and error.errno in REFUSALS:
        place = f": {error.filename}" if error.filename else ""
        _say(
            f"the system refuses to write or to read: {os.strerror(error.errno)}{place}",
            "make room, or mend the permissions, then run the same command again: what was committed is kept",
        )
        return DataError.exit_code
    _say(
        f"a mistake of tokenaudit itself: {type(error).__name__}",
        "run it with --verbose for the details, and report it",
    )
    return 70


def _say(message: str, hint: str) -> None:
    """An error is two lines on stderr, without anything that a terminal would obey."""
    from tokenaudit.model.inert import in_brief, visible  # only when something is wrong
    from tokenaudit.model.secrets import scrub

    typer.echo(f"error: {visible(in_brief(scrub(message)))}", err=True)
    typer.echo(f"hint: {visible(in_brief(scrub(hint)))}", err=True)


def _trace(error: Exception) -> None:
    """Where our own mistake happened. The libraries' messages may hold what nobody should read."""
    import traceback

    from tokenaudit.model.inert import visible
    from tokenaudit.model.secrets import scrub

    typer.echo(visible(scrub("".join(traceback.format_exception(error))), keep="\n"), err=True)
