"""The command `bellgate`: for people at the console.

Exit codes: 0 done, 1 the answer is no, 2 wrong use or broken input.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from appliance import __version__
from appliance.errors import ApplianceError

BROKEN_INPUT = 2
INTERRUPTED = 130  # what shells expect after Ctrl-C

COMMANDS = {  # each is a module of appliance.commands with an `app`
    "backup": "Put this box into one file.",
    "cases": "Attempts to get round the filter, as files for the e-safety team.",
    "catalogue": "What the catalogue of services knows; check it, update it.",
    "check": "Say whether all is well with this box, and what to do where it is not.",
    "detect": "Attempts to get round the filter: noise told from what is meant.",
    "explain": "Say what the answer to a name is, and why.",
    "export": "Write what was refused, evidence of it, and numbers of reports, for others.",
    "lists": "Public lists: refresh them, show what they add and over-block, parse one.",
    "policy": "Ready policies, and yours checked, shown and compared.",
    "publish": "Put a policy in force.",
    "restore": "Put a backup in place of what is there.",
    "run": "Run everything in the foreground.",
    "seal": "The key that the record is sealed with, and the anchors of its days.",
    "status": "Say what runs, what is recorded, and what is wrong.",
    "user": "People who may sign in to the staff pages, and the links that let them in.",
    "verify": "Say whether the record, or evidence of it, is still what was sealed.",
}


class Commands(TyperGroup):
    """Loads the one command that is asked for: all of them would cost 0.1 s at every start."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"appliance.commands.{cmd_name}")
        return typer.main.get_command(module.app)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


app = typer.Typer(
    cls=Commands,
    name="bellgate",
    help="The school's DNS filter: what is refused, to whom, when and why.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def bellgate(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    if version:
        print(f"bellgate {__version__}")
        raise typer.Exit()


def main() -> None:
    """Run the command; whatever goes wrong is one sentence on stderr."""
    try:
        app(prog_name="bellgate")
    except ApplianceError as fault:
        print(fault, file=sys.stderr)
        sys.exit(BROKEN_INPUT)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # whoever read us has seen enough; without this Python complains once more as it ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
