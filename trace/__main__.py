"""``python -m trace COMMAND``; run it from the project's folder (see docs/adr for why there is no script)."""

from trace.cli import main

if __name__ == "__main__":
    main()
