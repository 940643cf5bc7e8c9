"""Nothing lost: checkpoints, whose they are, and how a run starts from another."""
