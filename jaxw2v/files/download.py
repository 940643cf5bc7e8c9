"""Files from the network."""

import http.client
import re
import urllib.error
import urllib.request
from pathlib import Path

# Not pooch (1.9): it deletes what a cut transfer has fetched; a downloader for it that resumes would be `transfer`.
_PIECE = 2**18  # bytes read at a time


def transfer(url: str, part: Path, timeout: float, size: int) -> str | None:
    """What went wrong, in words; None: `part` is complete.

    Appends to `part` until it has `size` bytes, never more, whatever the server sends. What a cut transfer has fetched
    stays, and the next call goes on from there.

    Args:
      url: http or https.
      part: the file to append to; made if missing.
      timeout: seconds without a byte before the transfer is given up.
      size: bytes of the whole file.
    """
    have = part.stat().st_size if part.is_file() else 0
    request = _request(url)
    if have:
        request.add_header("Range", f"bytes={have}-")
    try:
        response = urllib.request.urlopen(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416 and have:  # the server's file is shorter than ours: start again without a range
            part.unlink()
            return transfer(url, part, timeout, size)
        return f"the server answers {error.code} {error.reason}"
    except (OSError, http.client.HTTPException, ValueError) as error:  # URLError and timeouts are OSError
        return f"cannot be reached ({one_line(error)})"
    with response:
        resumed = response.status == 206 and _starts_at(response.headers.get("Content-Range"), have)
        if have and response.status == 206 and not resumed:
            part.unlink()
            return "the server went on at another place than asked"
        with part.open("ab" if resumed else "wb") as file:
            have = have if resumed else 0
            while have < size:  # never more, whatever the server sends
                try:
                    piece = response.read1(min(_PIECE, size - have))
                except (OSError, http.client.HTTPException) as error:
                    return f"cut at byte {have} of {size} ({one_line(error)})"
                if not piece:
                    return f"cut at byte {have} of {size}"
                file.write(piece)
                have += len(piece)
    return None


def _starts_at(content_range: str | None, have: int) -> bool:
    match = re.match(r"bytes (\d+)-", content_range or "")
    return match is not None and int(match.group(1)) == have


def small(url: str, timeout: float, at_most: int) -> bytes | str:
    """The bytes of a small file, or what went wrong, in words.

    Args:
      url: http or https.
      timeout: seconds without a byte before it is given up.
      at_most: bytes; a file that is larger is not the one that was asked for.
    """
    try:
        with urllib.request.urlopen(_request(url), timeout=timeout) as response:
            content = response.read(at_most + 1)
    except urllib.error.HTTPError as error:
        error.close()
        return f"the server answers {error.code} {error.reason}"
    except (OSError, http.client.HTTPException, ValueError) as error:
        return f"cannot be reached ({one_line(error)})"
    return content if len(content) <= at_most else f"more than {at_most:,} bytes: this is another file"


def _request(url: str) -> urllib.request.Request:
    return urllib.request.Request(url, headers={"User-Agent": "jaxw2v", "Accept-Encoding": "identity"})


def one_line(error: BaseException) -> str:
    """The message of an error of the network, without line breaks."""
    reason = getattr(error, "reason", None) or error
    return " ".join(str(reason).split()) or type(error).__name__
