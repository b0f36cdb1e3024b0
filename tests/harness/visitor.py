"""Somebody who looks around the shop: clicks, chooses and types as a person would."""

import asyncio
from typing import Any, Self

import simcord
from simcord.backend import serializers
from simcord.interactions import base_payload

from tests.harness.shop import Shop, buttons_of, text_of, walk

SELECT = 3
LONGEST_SEARCH = 60


class Visitor:
    """One private message of `/shop` or `/purchases`, before the eyes of one member."""

    def __init__(self, shop: Shop, member: simcord.MemberActor | None = None) -> None:
        self.shop = shop
        self.member = member or shop.alice
        self.page: Any = None
        self.last: simcord.InteractionResult

    # --- what they do ---------------------------------------------------------------------------------

    async def open(self, search: str | None = None) -> Self:
        options = {} if search is None else {"search": search}
        self.last = await self.member.slash(self.shop.channel, "shop", **options)
        self.page = self.last.response
        return self

    async def open_purchases(self) -> Self:
        self.last = await self.member.slash(self.shop.channel, "purchases")
        self.page = self.last.response
        return self

    async def open_cart(self) -> Self:
        self.last = await self.member.slash(self.shop.channel, "cart")
        self.page = self.last.response
        return self

    async def look_at(self, handle: str) -> Self:
        """Find a product by its title, and choose it from the list."""
        product = self.shop.sandbox.product(handle)
        await self.open(" ".join(product.title.split())[:LONGEST_SEARCH].strip() or None)
        return await self.choose("product", product.id)

    async def click(self, label: str, *, position: int = 0) -> Self:
        """Click a button; `position` says which, from the top, where several are called the same."""
        found = [part for part in walk(self.page.components) if part.get("label") == label]
        self.last = await self.member.click(self.page, custom_id=found[position]["custom_id"])
        return self

    async def choose(self, menu: str, value: str) -> Self:
        self.last = await self.member.select(self.page, [value], custom_id=self.menu(menu)["custom_id"])
        return self

    async def fill_in(self, label: str, text: str) -> Self:
        """Click a button that asks something, and answer."""
        await self.click(label)
        return await self.send(self.last, text)

    async def send(self, form: simcord.InteractionResult, text: str) -> Self:
        """Send a form that is open."""
        self.last = await self.member.submit_modal(form, {field_of(form)["custom_id"]: text})
        return self

    async def click_twice(self, label: str) -> Self:
        """Two clicks on one button, before the first is answered."""
        button = self.buttons[label]
        data = {"custom_id": button["custom_id"], "component_type": 2, "id": button["id"]}
        await act_at_once(self, data, data)
        return self

    # --- what they see --------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        return text_of(self.page)

    @property
    def buttons(self) -> dict[str, dict[str, Any]]:
        return buttons_of(self.page)

    @property
    def enabled(self) -> list[str]:
        """The buttons that can be clicked."""
        return [label for label, button in self.buttons.items() if not button.get("disabled")]

    @property
    def pictures(self) -> list[str]:
        """The addresses of all pictures on the page."""
        media = [
            item["media"]
            for part in walk(self.page.components)
            for item in (part, *part.get("items", ()))
            if "media" in item
        ]
        return [each["url"] for each in media]

    @property
    def titles(self) -> list[str]:
        """The products that the page lists."""
        return [line.removeprefix("### ") for line in self.text.splitlines() if line.startswith("### ")]

    def menu(self, name: str) -> dict[str, Any]:
        return next(
            part
            for part in walk(self.page.components)
            if part["type"] == SELECT and part["custom_id"].endswith(f":{name}")
        )

    def options(self, menu: str) -> dict[str, str]:
        """A menu's options: what each stands for, by what it is called."""
        return {option["label"]: option["value"] for option in self.menu(menu)["options"]}

    def chosen(self, menu: str) -> list[str]:
        """What a menu shows as chosen."""
        return [option["label"] for option in self.menu(menu)["options"] if option.get("default")]

    @property
    def answer(self) -> str:
        """What was said beside the page after the last click."""
        result = self.last
        said = [*result.followups]
        if result.response is not None and result.response.id != self.page.id:
            said.append(result.response)
        assert all(message.ephemeral for message in said)
        return "\n".join(map(text_of, said))


def category(shop: Shop, slug: str) -> str:
    """A category's id."""
    return next(each.id for each in shop.sandbox.store.categories.values() if each.slug == slug)


def field_of(form: simcord.InteractionResult) -> dict[str, Any]:
    """The only field of an open form."""
    modal = form.modal
    assert modal is not None, "no form was opened"
    [label] = modal["components"]
    field: dict[str, Any] = label["component"]
    return field


async def act_at_once(visitor: Visitor, *actions: dict[str, Any]) -> None:
    """Have several clicks on the visitor's page arrive before the bot has answered the first."""
    act(visitor, *actions)
    await asyncio.sleep(0)
    await visitor.shop.env.settle()


def act(visitor: Visitor, *actions: dict[str, Any]) -> None:
    """Have clicks on the visitor's page arrive, without waiting for what comes of them."""
    shop, backend = visitor.shop, visitor.shop.env.backend
    message = backend.get_message(visitor.page.channel_id, visitor.page.id)
    for data in actions:
        record, payload = base_payload(
            backend,
            type=3,
            channel_id=message.channel_id,
            guild_id=shop.guild.id,
            user_id=visitor.member.id,
            data=data,
        )
        record.source_message_id = message.id
        payload["message"] = dict(serializers.message_payload(backend, message))
        backend.emit("INTERACTION_CREATE", payload)
