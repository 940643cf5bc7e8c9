"""python -m jaxw2v: the command `jaxw2v`."""

import sys

from jaxw2v.commands.main import main

if __name__ == "__main__":
    sys.exit(main())
