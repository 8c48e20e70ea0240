"""What every command shares: common options, output and the one place where errors become exit codes."""

from __future__ import annotations

import functools
import inspect
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voc.errors import InterruptedRunError, VocError, unexpected

if TYPE_CHECKING:
    from rich.console import Console

    from voc.engine.progress import Progress

__all__ = ["Session", "Summary", "command"]

Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Tell more on the way.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Tell errors only.")]
NoColor = Annotated[bool, typer.Option("--no-color", help="Plain output without colours.")]
Json = Annotated[bool, typer.Option("--json", help="Print the summary as one JSON object.")]

_COMMON = {"verbose": Verbose, "quiet": Quiet, "no_color": NoColor, "json_": Json}


@dataclass(frozen=True)
class Summary:
    """What a command did: facts for `--json`, lines for a reader, and the exit code."""

    facts: Mapping[str, Any]
    lines: tuple[str, ...] = ()
    exit_code: int = 0
    stdout_is_data: bool = False
    """The data went to stdout, so the summary goes to stderr."""


@dataclass
class Session:
    """Output settings of one command."""

    verbose: bool = False
    quiet: bool = False
    no_color: bool = False
    json: bool = False
    _console: Console | None = field(default=None, repr=False)

    @property
    def console(self) -> Console:
        """Rich console on stderr."""
        if self._console is None:
            from rich.console import Console

            plain = self.no_color or bool(os.environ.get("NO_COLOR"))
            self._console = Console(stderr=True, no_color=plain, highlight=False)
        return self._console

    def note(self, text: str) -> None:
        """Tell something worth knowing, on stderr."""
        if not self.quiet:
            self.console.print(text, style="dim", markup=False, soft_wrap=True)

    def warn(self, text: str) -> None:
        """Tell something that wants attention, on stderr, also under `-q`."""
        self.console.print(f"warning: {text}", style="yellow", markup=False, soft_wrap=True)

    @contextmanager
    def progress(self) -> Iterator[Progress | None]:
        """Progress on stderr for the time of the block: a live line on a terminal, plain lines elsewhere."""
        from voc.cli.progress import make_progress

        if self.quiet or self.json:
            yield None
            return
        progress = make_progress(self.console)
        try:
            yield progress
        finally:
            progress.stop()

    def finish(self, summary: Summary) -> None:
        """Print the summary."""
        stream = sys.stderr if summary.stdout_is_data else sys.stdout
        if self.json:
            print(json.dumps(summary.facts, ensure_ascii=False, default=str), file=stream)
        elif not self.quiet:
            for line in summary.lines:
                print(line, file=stream)

    def fail(self, error: VocError) -> None:
        """Print an error."""
        if self.json:
            facts = {
                "error": type(error).__name__,
                "message": error.message,
                "where": error.where,
                "hint": error.hint,
            }
            print(json.dumps(facts, ensure_ascii=False), file=sys.stderr)  # noqa: T201 - the output
            return
        self.console.print("error: ", style="bold red", end="", markup=False)
        self.console.print(str(error), markup=False, soft_wrap=True)


def command(
    app: typer.Typer, name: str, *, example: str
) -> Callable[[Callable[..., Summary]], Callable[..., None]]:
    """Register a command function `(session, …) -> Summary` under `name`.

    Adds the common options and the example to its help, prints its summary, and maps errors to exit codes.
    """

    def register(function: Callable[..., Summary]) -> Callable[..., None]:
        @functools.wraps(function)
        def wrapper(**arguments: Any) -> None:  # noqa: ANN401 - typer passes the parsed values
            chosen = {option: arguments.pop(option) for option in _COMMON}
            session = Session(chosen["verbose"], chosen["quiet"], chosen["no_color"], chosen["json_"])
            raise typer.Exit(_run(session, lambda: function(session, **arguments)))

        _describe(wrapper, function)
        # \b keeps the example on one line, so that it can be copied
        help_text = f"{inspect.getdoc(function) or ''}\n\n\b\nExample:\n  {example}"
        app.command(name, help=help_text)(wrapper)
        return wrapper

    return register


def _describe(wrapper: Callable[..., None], function: Callable[..., Summary]) -> None:
    """Give the wrapper the parameters of `function`, less the session, and the common options."""
    signature = inspect.signature(function, eval_str=True)
    own = [parameter for key, parameter in signature.parameters.items() if key != "session"]
    keyword = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own]
    common = [
        inspect.Parameter(option, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=annotation)
        for option, annotation in _COMMON.items()
    ]
    parameters = [*keyword, *common]
    wrapper.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    wrapper.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    del wrapper.__wrapped__  # type: ignore[attr-defined]


def _run(session: Session, call: Callable[[], Summary]) -> int:
    try:
        summary = call()
        session.finish(summary)
    except VocError as error:
        session.fail(error)
        return error.exit_code
    except KeyboardInterrupt:
        session.fail(InterruptedRunError("stopped by the user"))
        return InterruptedRunError.exit_code
    except BrokenPipeError:
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        session.fail(unexpected(error))
        return VocError.exit_code
    return summary.exit_code
