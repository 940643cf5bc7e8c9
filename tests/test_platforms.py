"""What only Linux and macOS have is not needed to import the package."""

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
IMPORT_ALL = """
import importlib, os, pkgutil, sys, signal
for name in ("resource", "fcntl", "pwd", "grp", "termios"):
    sys.modules[name] = None
for name in ("getpgid", "killpg", "sched_getaffinity", "mkfifo", "fork", "wait4", "geteuid", "setsid"):
    delattr(os, name)
for name in ("SIGHUP", "SIGKILL", "SIGALRM", "SIGUSR1", "SIGQUIT", "pthread_kill", "pthread_sigmask"):
    delattr(signal, name)
import jaxw2v
names = [found.name for found in pkgutil.walk_packages(jaxw2v.__path__, "jaxw2v.")]
for name in names:
    if not name.endswith("__main__"):
        importlib.import_module(name)
from jaxw2v.files import memory
memory.available()
assert memory.left_by_limit() is None
print(len(names))
"""


def test_every_module_is_imported_without_what_windows_lacks():
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL], cwd=REPOSITORY, env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 100
