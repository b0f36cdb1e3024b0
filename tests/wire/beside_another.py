"""`bamboo …` that opens a file beside the process that has it, as nobody else may."""

from bot.cli import main
from bot.storage.engine import open_database
from bot.wiring import opening

if __name__ == "__main__":
    opening.open_database = lambda url, alone: open_database(url)
    main()
