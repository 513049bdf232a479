"""Exchange forms of the trade: documents of others read and written by pure functions, with no I/O."""
