"""Pages of one HTML file: their data and scripts are in it, and a browser runs no other scripts and fetches nothing."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent


def fill(template: str, data: Any, scripts: Mapping[str, str]) -> str:
    """The page as HTML; the same arguments give the same text.

    Args:
      template: file of this folder. It has `>{NAME}</script>` for the data and each script, and `{scripts}` in its
        Content-Security-Policy.
      data: for JSON, without NaN. It reaches the page as JSON, never as markup, whatever is in it.
      scripts: by name. The policy has their hashes, so that nothing else runs, whatever the data.
    """
    texts = {name: text.replace("</script", "<\\/script") for name, text in scripts.items()}
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts.values()]
    texts["data"] = json.dumps(data, ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")
    page = (_HERE / template).read_text(encoding="utf-8")
    page = page.replace("{scripts}", " ".join(f"'sha256-{each}'" for each in hashes))
    return re.sub(r">\{(\w+)\}</script>", lambda found: f">{texts[found[1]]}</script>", page)


def script(name: str) -> str:
    """The text of a script of this folder."""
    return (_HERE / name).read_text(encoding="utf-8")
