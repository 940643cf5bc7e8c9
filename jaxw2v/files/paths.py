"""Names of files and folders as people type them."""

import os
from pathlib import Path

from jaxw2v.errors import InputError


def expanded(name: str | os.PathLike[str], setting: str = "") -> Path:
    """The path of a name, `~` and `~USER` at its beginning replaced by the home folder.

    What begins with ~ and names no user, but is there, is that file.

    Args:
      name: as typed.
      setting: whose value it is, for the message.

    Raises:
      InputError: it is empty or has a NUL, or there is no such user.
    """
    text = os.fspath(name)
    shown = f"{setting}={text}" if setting else text
    if not text.strip():
        raise InputError(f"{setting or repr(text)}: an empty name; name a file or folder")
    if "\0" in text:
        raise InputError(f"{setting + '=' if setting else ''}{text!r}: a file name has no NUL")
    try:
        return Path(text).expanduser()
    except RuntimeError:
        if os.path.lexists(text):
            return Path.cwd() / text
        raise InputError(f"{shown}: there is no such user; write the folder out") from None
