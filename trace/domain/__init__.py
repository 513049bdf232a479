"""The rules of custody: pure functions over frozen dataclasses, with no I/O and no framework."""
