import asyncio
import time

import discord

from sandbox.demo.patient_env import PatientEnv

TIMEOUT = 0.05


class SlowBot(discord.AutoShardedClient):
    """Works on whatever it hears for much longer than SimCord would wait."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents.all())
        self.heard: list[str] = []

    async def on_member_join(self, member: discord.Member) -> None:
        await asyncio.to_thread(time.sleep, 6 * TIMEOUT)
        self.heard.append(member.name)


async def test_a_bot_that_works_for_longer_than_simcord_waits_is_waited_for():
    bot = SlowBot()
    env = PatientEnv(bot, timers_within=TIMEOUT)
    await env.start()
    env.create_guild("Bamboo Grove").add_member(env.create_user("alice"))
    await env.settle()
    assert bot.heard == ["alice"]
    await env.shutdown()


async def test_time_moves_on_while_it_works():
    bot = SlowBot()
    env = PatientEnv(bot, timers_within=TIMEOUT)
    await env.start()
    before = env.now()
    env.create_guild("Bamboo Grove").add_member(env.create_user("alice"))
    await env.advance_time(60)
    assert ((env.now() - before).total_seconds(), bot.heard) == (60, ["alice"])
    await env.shutdown()
