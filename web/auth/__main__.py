"""Commands for whoever runs the app: `python -m web.auth --help`. They work while it runs, and take effect at once."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime, time, timedelta

from agent.errors import AgentError, PeopleError
from agent.settings import Settings, read_settings
from web.auth.guests import Guests, LinkLimits
from web.auth.login_records import Logins
from web.auth.passwords import Passwords, plain_name
from web.quotas.limits import read_limits
from web.quotas.quotas import Quotas
from web.quotas.usage_report import report
from web.store.accounts import all_accounts
from web.store.database import Database, connect, database_url
from web.store.migrations import migrate

Command = Callable[[Database, argparse.Namespace, Settings], Awaitable[str]]


async def add(database: Database, given: argparse.Namespace, settings: Settings) -> str:
    name = await Passwords(database).add(given.name, _ask_password())
    return f"{name} can log in now." + ("" if settings.auth == "password" else _no_passwords(settings))


async def passwd(database: Database, given: argparse.Namespace, settings: Settings) -> str:
    await Passwords(database).change(given.name, _ask_password())
    return f"{given.name} has a new password; whoever was logged in with the old one no longer is."


async def remove(database: Database, given: argparse.Namespace, settings: Settings) -> str:
    await Passwords(database).remove(given.name)
    return f"{given.name} cannot log in any more. The chats are kept, and are there again if the name is added again."


async def end_logins(database: Database, given: argparse.Namespace, settings: Settings) -> str:
    name = plain_name(given.name) if settings.auth == "password" else given.name
    await Logins(database).end_all(name)
    return f"{name} is logged out everywhere, and can log in again."


async def list_names(database: Database, given: argparse.Namespace, settings: Settings) -> str:
    return "\n".join(await Passwords(database).names()) or "Nobody yet. Add somebody with: python -m web.auth add NAME"


async def link(database: Database, given: argparse.Namespace, settings: Settings) -> str:
    if settings.auth == "none":
        raise PeopleError("With AUTH=none everybody is let in, also without a link. Set AUTH=password in .env first.")
    until = read_time(given.until, datetime.now().astimezone())
    limits = LinkLimits(given.turns, given.tokens, given.guests)
    token = await Guests(database).make_link(until, limits)
    return (
        f"{given.address.rstrip('/')}/guest/{token}\n"
        f"Lets up to {limits.guests} guests in until {until:%Y-%m-%d %H:%M %Z}, each for {limits.turns} turns and "
        f"{limits.tokens} tokens. It is shown only now. End it with: python -m web.auth end-links"
    )


async def list_links(database: Database, given: argparse.Namespace, settings: Settings) -> str:
    lines = [
        f"{one.number}: {'open' if one.is_open else 'over'}, until {one.until.astimezone():%Y-%m-%d %H:%M %Z}; "
        f"{one.asked} of {one.limits.guests} guests asked, in {one.turns} turns, with {one.tokens} tokens"
        for one in await Guests(database).links()
    ]
    return "\n".join(lines) or "No links yet. Make one with: python -m web.auth link --until 18:00"


async def end_links(database: Database, given: argparse.Namespace, settings: Settings) -> str:
    count = await Guests(database).end_links()
    return f"{count} {'link is' if count == 1 else 'links are'} over, and so are the logins of their guests."


async def usage(database: Database, given: argparse.Namespace, settings: Settings) -> str:
    person, guest = read_limits(settings)
    today = Quotas(database, person, guest).today()
    return report(await all_accounts(database, today), person, guest)


def read_time(text: str, now: datetime) -> datetime:
    """The moment that `text` names: 18:00, the next one; or 2026-11-23 18:00. Raises PeopleError if it is past."""
    try:
        moment = datetime.combine(now.date(), time.fromisoformat(text), now.tzinfo)
        if moment <= now:
            moment += timedelta(days=1)
    except ValueError:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise PeopleError(f"{text!r} is no time. Write 18:00, or '2026-11-23 18:00'.") from None
    moment = moment if moment.tzinfo else moment.astimezone()
    if moment <= now:
        raise PeopleError(f"{text!r} is past. Write a time to come.")
    return moment


def main(arguments: list[str] | None = None) -> None:
    """Do what the command line says. What cannot be done ends the process with a sentence and status 1."""
    given = _parser().parse_args(arguments)
    try:
        print(asyncio.run(_run(given, read_settings())))
    except AgentError as error:
        sys.exit(str(error))
    except (KeyboardInterrupt, EOFError):
        sys.exit("Nothing was changed.")


async def _run(given: argparse.Namespace, settings: Settings) -> str:
    secret = settings.database_url
    url = database_url(secret.get_secret_value() if secret else None, settings.data_dir)
    await asyncio.to_thread(migrate, url)
    database = connect(url)
    command: Command = given.command
    try:
        return await command(database, given, settings)
    finally:
        await database.close()


def _ask_password() -> str:
    """Twice from the terminal; from a script one line of the standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise PeopleError("The two are not the same. Start again.")
    return password


def _no_passwords(settings: Settings) -> str:
    return f" But with AUTH={settings.auth} nobody is asked for a password: set AUTH=password in .env, and start again."


def _positive(text: str) -> int:
    if (number := int(text)) < 1:
        raise ValueError
    return number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m web.auth", description="Who may use the page.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(name: str, does: Command, about: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=about, description=about)
        made.set_defaults(command=does)
        return made

    for name, does, about in (
        ("add", add, "let somebody log in by a password"),
        ("passwd", passwd, "set another password, and end the sessions with the old one"),
        ("remove", remove, "let somebody log in no more"),
        ("end-logins", end_logins, "log somebody out everywhere"),
    ):
        command(name, does, about).add_argument("name")
    command("list", list_names, "show who can log in")
    made = command("link", link, "make a demo link")
    made.add_argument("--until", required=True, help="18:00, or '2026-11-23 18:00'")
    made.add_argument("--turns", type=_positive, default=20, help="for each guest (20)")
    made.add_argument("--tokens", type=_positive, default=100_000, help="read and written for each guest (100000)")
    made.add_argument("--guests", type=_positive, default=50, help="how many may come (50)")
    made.add_argument("--address", default="http://localhost:8000", help="where guests reach the page")
    command("links", list_links, "show the demo links, and what their guests used")
    command("usage", usage, "show what everybody keeps and has used today")
    command("end-links", end_links, "end all demo links, and the logins of their guests")
    return parser


if __name__ == "__main__":
    main()
