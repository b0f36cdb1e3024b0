"""The parts of the composition root, one for each thing that the bot does; `bot.app` puts them together."""
