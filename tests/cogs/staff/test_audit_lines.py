"""What staff read of each other in their log channel."""

from bot.staff.models import AuditAction, AuditEntry
from cogs import custom_ids
from cogs.staff.audit_text import audit_sentence
from tests.harness.grove import Grove
from tests.harness.shop import text_of


async def test_a_switch_of_end_reminders_is_said_in_words(grove: Grove) -> None:
    await grove.shop.restart(staff={"log_channel_id": grove.log_channel.id})
    page = await grove.boss.slash(grove.shop.channel, "store settings")
    assert "**Expiry reminders**" in text_of(page.response)

    await grove.boss.select(page.response, ["off"], custom_id=custom_ids.settings("ends"))
    await grove.till.settled()
    await grove.boss.select(page.response, ["on"], custom_id=custom_ids.settings("ends"))
    await grove.till.settled()

    said = [text_of(message) for message in grove.messages(grove.log_channel)]
    boss = f"<@{grove.boss.id}>"
    assert said == [
        f"`TEST` Expiry reminders turned off by {boss}",
        f"`TEST` Expiry reminders turned on by {boss}",
    ]


def test_a_setting_of_another_version_is_said_as_it_stands() -> None:
    entry = AuditEntry(1, AuditAction.SETTINGS, 7, details={"greeting": "warm"})
    assert str(audit_sentence(entry)) == "greeting: warm by <@7>"
