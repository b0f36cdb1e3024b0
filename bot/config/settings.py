"""Every setting, its default and what an owner is told about it.

A field's description completes the sentence "expected …", with where to find the value.
"""

from collections import Counter
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.config.checkout_fields import CheckoutFieldTemplate
from bot.config.types import (
    AnyDatabase,
    Cents,
    Currency,
    HostName,
    LocaleName,
    Lower,
    OwnAddress,
    PageAddress,
    Secret,
    ServiceAddress,
    Snowflake,
    TimeZone,
    Unfit,
    Upper,
    Whole,
    is_loopback,
)
from bot.pandabase.schemas.requests import MAXIMUM_FIELDS
from bot.storage.address import DatabaseAddress

SANDBOX_HOST: Final = "api.sandbox.pandabase.io"
SHORTEST_SIGNING_KEY: Final = 16
"""Characters. The signature travels in metadata that the payer can read, so a short key could be guessed."""


class Section(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, str_strip_whitespace=True
    )

    @model_validator(mode="before")
    @classmethod
    def _blank_is_left_out(cls, values: Any) -> Any:
        # An owner who empties a value means the default, as an empty environment variable does.
        if not isinstance(values, dict):
            return values
        known = cls.model_fields
        return {
            key: value
            for key, value in values.items()
            if key not in known or not isinstance(value, str) or value.strip()
        }


class DiscordSettings(Section):
    token: Secret = Field(
        description="the bot's token: Discord developer portal → your application → Bot → Reset Token"
    )
    guild_ids: tuple[Snowflake, ...] = Field(
        (),
        description="a list of server ids, such as [123456789012345678]: "
        "Discord → User Settings → Advanced → Developer Mode, then right-click the server → Copy Server ID",
    )
    api_base_url: ServiceAddress = Field(
        "https://discord.com/api/v10",
        description="the https address of Discord's API; leave it out for Discord itself",
    )


class PandabaseSettings(Section):
    store_id: str = Field(
        pattern=r"^shp_[A-Za-z0-9_-]+$",
        description="the store's id, which starts with shp_: in the Pandabase dashboard",
    )
    base_url: ServiceAddress = Field(
        "https://api.pandabase.io/v2",
        description=f"the https address of Pandabase's API; for a sandbox store https://{SANDBOX_HOST}/v2",
    )
    currency: Currency = Field(
        "USD", description='the store\'s currency as its three-letter ISO 4217 code, such as "USD" or "EUR"'
    )
    api_token: Secret | None = Field(
        None,
        description="a token's secret, which starts with sk_: "
        "Pandabase dashboard → Settings → Developers → API Tokens",
    )
    api_token_id: str | None = Field(
        None,
        pattern=r"^stk_[A-Za-z0-9_-]+$",
        description="the id of an HMAC token, which starts with stk_; leave it out for a Bearer token",
    )
    allowed_checkout_hosts: tuple[HostName, ...] = Field(
        ("pandabase.io",),
        description='a list of host names such as ["pandabase.io"], each of which allows its subdomains too',
    )
    web_store_url: PageAddress | None = Field(
        None, description="the https address of the store's own site, for what can't be bought in Discord"
    )

    @field_validator("allowed_checkout_hosts")
    @classmethod
    def _allows_any(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        if not hosts:
            raise Unfit
        return hosts

    @field_validator("api_token")
    @classmethod
    def _is_no_token_id(cls, token: SecretStr | None) -> SecretStr | None:
        if token is not None and token.get_secret_value().startswith("stk_"):
            raise Unfit(
                "the token's secret; what starts with stk_ is its id and goes to pandabase.api_token_id"
            )
        return token

    @field_validator("api_token_id")
    @classmethod
    def _has_its_secret(cls, token_id: str | None, info: ValidationInfo) -> str | None:
        if token_id is not None and info.data.get("api_token", token_id) is None:
            raise Unfit("pandabase.api_token beside it: the secret that was shown together with this id")
        return token_id

    @property
    def is_sandbox(self) -> bool:
        """Whether nothing sold here is real: Pandabase's sandbox, or a simulation on this machine."""
        host = urlsplit(self.base_url).hostname or ""
        return host == SANDBOX_HOST or is_loopback(host)


class StorageSettings(Section):
    url: AnyDatabase = Field(
        DatabaseAddress("sqlite+aiosqlite:///bamboo.db"),
        description="a database file such as sqlite+aiosqlite:///bamboo.db, "
        "or PostgreSQL: postgresql+asyncpg://user:password@host/database",
    )


class BackupSettings(Section):
    every_hours: Whole = Field(
        0,
        ge=0,
        le=24 * 31,
        description="how many hours lie between two backups, such as 24, or 0 to make no backups",
    )
    keep: Whole = Field(7, ge=1, le=1000, description="how many backups are kept, at least 1")
    folder: str = Field("backups", min_length=1, description="the folder that backups are kept in")


def _one_or_several(value: object) -> object:
    return (value,) if isinstance(value, str | SecretStr) else value


class WebSettings(Section):
    enabled: bool = Field(default=False, description="true or false")
    host: str = Field(
        "127.0.0.1",
        pattern=r"^[A-Za-z0-9.:_-]+$",
        description="the address to listen on: 127.0.0.1 behind a proxy on this machine, 0.0.0.0 for all",
    )
    port: Whole = Field(
        8080, ge=0, le=65535, description="a port number from 1 to 65535, or 0 for any free one"
    )
    public_url: OwnAddress | None = Field(
        None,
        description="the https address under which Pandabase reaches this bot, such as https://bot.example.org",
    )
    webhook_secret: Annotated[tuple[Secret, ...], BeforeValidator(_one_or_several)] = Field(
        (),
        description="the secret that the Pandabase dashboard shows once, when the webhook is made; "
        "a list of several during a rotation",
    )


class CheckoutSettings(Section):
    return_url: PageAddress | None = Field(
        None,
        description="the https address of a page that people see after paying, such as https://example.org/thanks",
    )
    cancel_url: PageAddress | None = Field(
        None, description="the https address of a page that people see after giving up"
    )
    fields: tuple[CheckoutFieldTemplate, ...] = Field(
        (),
        description=f"a list of at most {MAXIMUM_FIELDS} fields, each with a key, a label and a type "
        "(text, numeric or dropdown); config.example.toml shows one",
    )
    signing_key: Secret | None = Field(
        None,
        description=f"at least {SHORTEST_SIGNING_KEY} characters without spaces, "
        "such as `openssl rand -hex 32` prints",
    )

    @field_validator("fields")
    @classmethod
    def _fit_one_page(cls, fields: tuple[CheckoutFieldTemplate, ...]) -> tuple[CheckoutFieldTemplate, ...]:
        if len(fields) > MAXIMUM_FIELDS:
            raise Unfit
        if any(count > 1 for count in Counter(field.key for field in fields).values()):
            raise Unfit("fields whose keys differ")
        return fields

    @field_validator("signing_key")
    @classmethod
    def _is_long(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and len(key.get_secret_value()) < SHORTEST_SIGNING_KEY:
            raise Unfit
        return key


class StaffSettings(Section):
    """Caps are integer cents of the store's currency, None for no limit; people write them as "500.00"."""

    role_ids: tuple[Snowflake, ...] = Field(
        (),
        description="a list of role ids, such as [123456789012345678]: "
        "Server Settings → Roles → ⋯ → Copy Role ID",
    )
    log_channel_id: Snowflake | None = Field(
        None, description="a channel's id: right-click the channel → Copy Channel ID"
    )
    invoice_cap: Annotated[Cents, Field(gt=0)] | None = Field(
        None, description='an amount above 0 such as "500.00"; leave it out for no limit'
    )
    daily_cap: Annotated[Cents, Field(gt=0)] | None = Field(
        None, description='an amount above 0 such as "2000.00"; leave it out for no limit'
    )
    approval_above: Cents | None = Field(
        None, description='an amount such as "250.00" ("0" asks for every invoice); leave it out to never ask'
    )


class LimitSettings(Section):
    open_links_per_member: Whole = Field(5, ge=1, description="a whole number, at least 1")
    purchases_per_minute: Whole = Field(5, ge=1, description="a whole number, at least 1")


class DisplaySettings(Section):
    locale: LocaleName = Field(
        "en_US", description='a language and country such as "en_US", "de_DE" or "pt_BR"'
    )
    timezone: TimeZone = Field(ZoneInfo("UTC"), description='a time zone such as "UTC" or "Europe/Berlin"')


class LoggingSettings(Section):
    level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], Upper] = Field(
        "INFO", description="DEBUG, INFO, WARNING, ERROR or CRITICAL"
    )
    format: Annotated[Literal["text", "json"], Lower] = Field(
        "text", description="text (for people) or json (one object per line)"
    )


class Settings(BaseSettings):
    """Built by `load_settings`; built directly, it reads neither file nor environment."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        env_prefix="BAMBOO_",
        env_nested_delimiter="__",
        # `NAME=` in a compose file means that it isn't set.
        env_ignore_empty=True,
    )

    discord: DiscordSettings
    pandabase: PandabaseSettings
    storage: StorageSettings = StorageSettings()
    backup: BackupSettings = BackupSettings()
    web: WebSettings = WebSettings()
    checkout: CheckoutSettings = CheckoutSettings()
    staff: StaffSettings = StaffSettings()
    limits: LimitSettings = LimitSettings()
    display: DisplaySettings = DisplaySettings()
    logging: LoggingSettings = LoggingSettings()

    @property
    def secrets(self) -> tuple[SecretStr, ...]:
        """Everything that must not reach a log."""
        single = (self.discord.token, self.pandabase.api_token, self.checkout.signing_key)
        password = self.storage.url.password
        return (
            *(secret for secret in single if secret is not None),
            *self.web.webhook_secret,
            *((SecretStr(password),) if password else ()),
        )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 -- the signature is pydantic-settings'
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 -- the same
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 -- the same
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 -- the same
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)
