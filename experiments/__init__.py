"""One thin script for each thing a person does: parse, call, print."""
