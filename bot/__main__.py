"""`python -m bot`: the same as `bamboo`."""

from bot.cli import main

if __name__ == "__main__":
    main()
