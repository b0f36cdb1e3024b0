"""Who is in a server, whether or not the members intent keeps them in memory."""

import discord


async def find_member(bot: discord.Client, guild_id: int, user_id: int) -> discord.Member | None:
    """The member, asked for if not in memory; None for somebody who isn't there."""
    guild = bot.get_guild(guild_id)
    if guild is None:
        return None
    known = guild.get_member(user_id)
    if known is not None:
        return known
    try:
        return await guild.fetch_member(user_id)
    except discord.NotFound:
        return None
