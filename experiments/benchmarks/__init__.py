"""Scripts that time this program, alone and beside others."""
