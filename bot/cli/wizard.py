"""The questions of `bamboo init`: each answer is tried at Discord or at the store before the next one."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.app import point_discord_at, wall_clock
from bot.catalog.models import ProductSummary, Storefront
from bot.checks.findings import CheckStatus, counted
from bot.checks.settings import is_bot_token
from bot.checks.store import check_token, in_the_owners_words
from bot.checks.webhooks import address_of, endpoints
from bot.cli.asking import Asker
from bot.config import Settings
from bot.config.settings import SANDBOX_HOST
from bot.config.writing import Value
from bot.discord.login import (
    WHERE_INTENTS_ARE,
    WHERE_TOKENS_ARE,
    Account,
    look_up_account,
    sentences_for_the_owner,
)
from bot.errors import BambooError, NotFound, PandabaseError, Unauthorized
from bot.pandabase.provider import PandabaseShop

WHERE_API_TOKENS_ARE: Final = "Pandabase dashboard → Settings → Developers → API Tokens"
_SANDBOX: Final = f"https://{SANDBOX_HOST}/v2"
_NOTE: Final = "Bamboo"


@dataclass(frozen=True, slots=True)
class Given:
    """What was given as options; None is asked for."""

    token: str | None = None
    guild_ids: tuple[int, ...] = ()
    store_id: str | None = None
    payments: str | None = None
    api_token: str | None = None
    public_url: str | None = None
    webhook_secret: str | None = None


@dataclass(slots=True)
class Wizard:
    """`values` are the settings so far, by dotted key. The addresses are where things are tried."""

    asker: Asker
    given: Given
    discord_url: str
    store_url: str
    values: dict[str, Value] = field(default_factory=dict)

    def ask_all(self) -> None:
        """Raises BambooError when an answer can't be had; nothing was written then."""
        self._ask_discord()
        self._ask_store()
        self._ask_payments()

    # --- Discord --------------------------------------------------------------------------------------

    def _ask_discord(self) -> None:
        self.asker.title("1 of 3: your bot in Discord")
        self.asker.say(
            "Make an application at https://discord.com/developers/applications, and get its token:"
        )
        self.asker.say(f"{WHERE_TOKENS_ARE}. It stays hidden while you paste it.")
        token, account = self.asker.value(
            "Token", "--token", self.given.token, self._accept_token, hidden=True
        )
        self.values["discord.token"] = token
        self.asker.fine(f"Signed in as {account.name}.")
        if not account.has_members_intent:
            self.asker.warn(
                f"Bamboo doesn't hear who joins. Switch it on, it takes effect at once: {WHERE_INTENTS_ARE}"
            )
        account = self._invited(token, account)
        self._choose_servers(account)

    def _accept_token(self, token: str) -> tuple[str, Account]:
        if not is_bot_token(token):
            raise BambooError(
                f"That isn't a bot's token, which has three parts with dots between them: {WHERE_TOKENS_ARE}"
            )
        return token, self._account(token)

    def _account(self, token: str) -> Account:
        point_discord_at(self.discord_url)
        with sentences_for_the_owner(self.discord_url):
            return asyncio.run(look_up_account(token))

    def _invited(self, token: str, account: Account) -> Account:
        """The account once it is in a server, or as it is if its owner goes on without."""
        self.asker.say("Invite it to your server with this address:")
        self.asker.say(f"  {account.invitation}")
        while not account.servers and self.asker.confirm("It is in no server yet. Look again?", default=True):
            account = self._account(token)
        return account

    def _choose_servers(self, account: Account) -> None:
        names = [f"{name} ({key})" for key, name in account.servers.items()]
        if self.given.guild_ids:
            self.values["discord.guild_ids"] = self.given.guild_ids
            missing = set(self.given.guild_ids) - account.servers.keys()
            if missing:
                self.asker.warn(f"{account.name} isn't in {', '.join(map(str, sorted(missing)))} yet.")
        elif len(names) == 1:
            self.values["discord.guild_ids"] = tuple(account.servers)
            self.asker.fine(f"It will sell in {names[0]}.")
        elif names:
            choices = [(str(key), name) for key, name in zip(account.servers, names, strict=True)]
            chosen = self.asker.choice("In which one will it sell?", "--guild-id", None, choices)
            self.values["discord.guild_ids"] = (int(chosen),)
        else:
            self.asker.warn("It is in no server yet: invite it before you start Bamboo.")

    # --- the store ------------------------------------------------------------------------------------

    def _ask_store(self) -> None:
        self.asker.title("2 of 3: your store at Pandabase")
        self.asker.say("Its id starts with shp_; the Pandabase dashboard shows it in the store's settings.")
        store, products = self.asker.value("Store id", "--store-id", self.given.store_id, self._accept_store)
        mark = " (a sandbox store: sales are marked TEST)" if self.store_url == _SANDBOX else ""
        self.asker.fine(f"{store.name} has {counted(len(products), 'product')} on sale{mark}.")
        currencies = Counter(product.currency for product in products).most_common(1)
        if currencies and currencies[0][0] != "USD":
            self.values["pandabase.currency"] = currencies[0][0]
            self.asker.fine(f"It sells in {currencies[0][0]}.")

    def _accept_store(self, store_id: str) -> tuple[Storefront, Sequence[ProductSummary]]:
        settings = self._settings({"pandabase.store_id": store_id})
        try:
            found = asyncio.run(_look_at_store(store_id, self.store_url))
        except NotFound as error:
            if self.store_url == _SANDBOX or self.store_url != _default_store_url():
                raise BambooError(in_the_owners_words(error, settings)) from error
            self.store_url = _SANDBOX  # both give ids of the same form
            try:
                found = asyncio.run(_look_at_store(store_id, self.store_url))
            except PandabaseError:
                self.store_url = _default_store_url()
                raise BambooError(in_the_owners_words(error, settings)) from error
            self.values["pandabase.base_url"] = _SANDBOX
        except PandabaseError as error:
            raise BambooError(in_the_owners_words(error, settings)) from error
        self.values["pandabase.store_id"] = store_id
        return found

    # --- payments -------------------------------------------------------------------------------------

    def _ask_payments(self) -> None:
        self.asker.title("3 of 3: how Bamboo learns of payments")
        choices = [
            ("lists", "With a token of the store. Works everywhere; a payment is seen within half a minute."),
            ("webhook", "With webhooks besides. At once, but this machine needs a public https address."),
            ("none", "Not at all. Members can pay, and Bamboo gives them nothing for it."),
        ]
        given = self.given.payments
        if given is None and not self.asker.interactive:
            given = "webhook" if self.given.public_url else "lists" if self.given.api_token else None
        way = self.asker.choice("Which way?", "--payments", given, choices)
        if way == "none":
            self.asker.warn("Bamboo will see no payments. `bamboo check` reminds you of it.")
            return
        self.asker.say(f"Make a token: {WHERE_API_TOKENS_ARE}.")
        scopes = "ORDERS_READ, SUBSCRIPTIONS_READ and REFUNDS_WRITE"
        if way == "webhook":
            scopes = f"{scopes}, and WEBHOOKS_READ and WEBHOOKS_WRITE"
        self.asker.say(f"It needs the scopes {scopes}.")
        self.asker.value(
            "API token", "--api-token", self.given.api_token, self._accept_api_token, hidden=True
        )
        if way == "webhook":
            self._ask_webhook()

    def _accept_api_token(self, api_token: str) -> None:
        if not api_token.startswith("sk_"):
            raise BambooError("That isn't a token's secret, which starts with sk_")
        settings = self._settings({"pandabase.api_token": api_token})

        async def tried() -> None:
            async for finding in check_token(settings):
                if finding.status is CheckStatus.ERROR:
                    raise BambooError(f"{finding.sentence} {finding.mend}")
                say = self.asker.fine if finding.status is CheckStatus.FINE else self.asker.warn
                say(finding.sentence.replace("pandabase.api_token", "The token"))

        asyncio.run(tried())
        self.values["pandabase.api_token"] = api_token

    def _ask_webhook(self) -> None:
        self.asker.say("Under which address does the internet reach this machine? Your proxy answers there.")
        self.asker.value(
            "Public address (https://…)", "--public-url", self.given.public_url, self._accept_public_url
        )
        self.values["web.enabled"] = True
        try:
            secret = asyncio.run(register(self._settings({})))
        except Unauthorized:
            address = address_of(self._settings({}))
            self.asker.warn("The token lacks WEBHOOKS_WRITE, so make the webhook in the dashboard yourself:")
            self.asker.say(f"  address {address}, every event, signature version V2")
            secret = self.asker.value(
                "Its secret", "--webhook-secret", self.given.webhook_secret, _accept_secret, hidden=True
            )
        except PandabaseError as error:
            raise BambooError(in_the_owners_words(error, self._settings({}))) from error
        self.values["web.webhook_secret"] = secret
        self.asker.fine(f"The store sends webhooks to {address_of(self._settings({}))}.")

    def _accept_public_url(self, public_url: str) -> None:
        self._settings({"web.public_url": public_url})
        self.values["web.public_url"] = public_url

    def _settings(self, more: dict[str, Value]) -> Settings:
        """The settings so far and these, checked. Raises BambooError with what is wrong with them."""
        from pydantic import ValidationError

        from bot.config.problems import problems_of

        made: dict[str, dict[str, Value]] = {}
        missing: dict[str, Value] = {"discord.token": "-", "pandabase.store_id": "shp_-"}
        tried_at: dict[str, Value] = {"pandabase.base_url": self.store_url}
        for key, value in {**missing, **self.values, **tried_at, **more}.items():
            section, _, name = key.partition(".")
            made.setdefault(section, {})[name] = value
        try:
            return Settings(**made)  # type: ignore[arg-type]  # pydantic reads it
        except ValidationError as error:
            found = "; ".join(f"expected {problem.expected}" for problem in problems_of(error, variables={}))
            raise BambooError(f"That can't be used: {found}") from None


async def register(settings: Settings) -> str:
    """Have the store send webhooks to web.public_url; returns the new webhook's secret.

    Raises PandabaseError.
    """
    address = address_of(settings)
    async with endpoints(settings) as store:
        assert store is not None  # noqa: S101  # the token was asked for
        assert address is not None  # noqa: S101  # the same
        made = await store.create(address, _NOTE)
    if made.secret is None:
        raise BambooError("The store made the webhook without saying its secret; make it in the dashboard")
    return made.secret.get_secret_value()


def _accept_secret(secret: str) -> str:
    if len(secret) < 16:  # noqa: PLR2004  # as `bamboo check` has it
        raise BambooError("That is too short; copy the whole secret")
    return secret


def _default_store_url() -> str:
    from bot.config import PandabaseSettings

    default: str = PandabaseSettings.model_fields["base_url"].default
    return default


async def _look_at_store(store_id: str, base_url: str) -> tuple[Storefront, Sequence[ProductSummary]]:
    async with PandabaseShop.open(store_id, base_url, clock=wall_clock) as client:
        return await client.store(), await client.all_products()
