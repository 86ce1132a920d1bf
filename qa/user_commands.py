"""`article-qa user …`: who may sign in."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from pathlib import Path

from index.problem import Problem
from qa import users
from qa.printing import count
from qa.settings import load_settings


def add(options: argparse.Namespace) -> int:
    path = _file()
    name = users.checked_name(options.name)  # before a password is asked for
    new = users.add(path, name, _password(name))
    print(f"Added {name}." if new else f"{name} has a new password.")
    return 0


def remove(options: argparse.Namespace) -> int:
    users.remove(_file(), options.name)
    print(f"Removed {users.normal(options.name)}. Their conversations stay, and are theirs again when somebody of that name is added.")
    return 0


def list_users(options: argparse.Namespace) -> int:
    path = _file()
    names = sorted(users.Users(path).hashes(), key=str.casefold) if path.exists() else []
    if options.json:
        print(json.dumps([{"name": name} for name in names], ensure_ascii=False, indent=2))
    else:
        print("\n".join([*names, f"{count(len(names), 'user')}." + ("" if names else f" Add one: {users.ADD}")]))
    return 0


def _file() -> Path:
    found = load_settings().users_file
    if found is None:
        raise Problem("Users are off. Say in which file to keep them, for example: export ARTICLE_QA_USERS=~/article-qa-users")
    return found


def _password(name: str) -> str:
    """Asked for twice, or the first line of what is piped in."""
    try:
        if not sys.stdin.isatty():
            return sys.stdin.readline().rstrip("\r\n")
        typed = getpass.getpass(f"Password for {name}: ")
        if getpass.getpass("The same again: ") != typed:
            raise Problem("The two are not the same. Try again.")
        return typed
    except (EOFError, UnicodeDecodeError) as error:
        raise Problem("The password cannot be read. Type it, or pipe it in as a line of UTF-8.") from error
