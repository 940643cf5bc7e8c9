"""What becomes of a process of a sweep when the one that started it is gone."""

import os
import signal
import threading
import time

PATIENCE = 60  # seconds for the end of a segment and a checkpoint


def end_with_parent(every: float = 1.0) -> None:
    """From now on, when the parent of this process has died, it is asked to stop, as by Ctrl-C, and then ends.

    Otherwise the workers of a killed sweep would train on, holding the locks of their runs against the same command
    given again. Called again in the same process it does nothing.

    Args:
      every: seconds between looks.
    """
    if any(thread.name == end_with_parent.__name__ for thread in threading.enumerate()):
        return
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(every)
        os.kill(os.getpid(), signal.SIGTERM)  # in training: a checkpoint, then the end
        time.sleep(PATIENCE)
        os._exit(1)

    threading.Thread(target=watch, name=end_with_parent.__name__, daemon=True).start()
