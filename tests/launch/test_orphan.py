"""A process of a sweep ends when the one that started it is gone."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
CHILD = """
import os, signal, sys, time
from jaxw2v.launch.orphan import end_with_parent
def stop(number, frame):
    print("asked to stop", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
end_with_parent(every=0.05)
end_with_parent(every=0.05)
print(os.getpid(), flush=True)
time.sleep(60)
"""
PARENT = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', sys.argv[1]]); time.sleep(60)"


def test_a_process_ends_after_its_parent():
    parent = subprocess.Popen([sys.executable, "-c", PARENT, CHILD], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
    with parent:
        child = int(parent.stdout.readline())
        time.sleep(0.3)
        os.kill(child, 0)  # while its parent lives, it does
        parent.send_signal(signal.SIGKILL)
        assert parent.stdout.read() == "asked to stop\n"  # read to the end: the child is gone
