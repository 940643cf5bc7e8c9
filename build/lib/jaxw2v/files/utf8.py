"""Bytes to text where some are not UTF-8, such as words that another program has cut inside a letter."""

import re
from collections import Counter

KINDS = ("error", "replace", "skip")

_PARTS = {
    "ascii": re.compile(r"[^ \t\n\v\f\r]+"),
    "unicode": re.compile(r"\S+"),
    "line": re.compile(r"[^\n]+"),
}
_BROKEN = re.compile("[\0\udc80-\udcff]")  # what errors="surrogateescape" makes of a byte that is not UTF-8


def decoded(data: bytes, invalid: str, part: str = "ascii", skipped: Counter[str] | None = None) -> str:
    """The text of some bytes.

    Args:
      data: whole words, or whole lines.
      invalid: what becomes of bytes that are not UTF-8, and of NUL. `error`: nothing, and NUL stays; `replace`: U+FFFD;
        `skip`: the part that holds one is left out, and what stands around it stays.
      part: of `skip`: a word by this kind of white space, see `spaces`, or "line".
      skipped: of `skip`: where the parts left out are counted by this name.

    Raises:
      UnicodeDecodeError: `error`, and there is one.
    """
    try:
        text = data.decode()
        if invalid == "error" or "\0" not in text:
            return text
    except UnicodeDecodeError:
        if invalid == "error":
            raise
    if invalid == "replace":
        return data.decode(errors="replace").replace("\0", "\ufffd")

    def whole(found: re.Match[str]) -> str:
        if not _BROKEN.search(found[0]):
            return found[0]
        if skipped is not None:
            skipped[part] += 1
        return ""

    return _PARTS[part].sub(whole, data.decode(errors="surrogateescape"))
