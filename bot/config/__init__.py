"""The settings: what they are, and how they are read."""

from bot.config.checkout_fields import PLACEHOLDERS, CheckoutFieldTemplate
from bot.config.loader import DEFAULT_PATH, example_text, load_settings
from bot.config.settings import (
    BackupSettings,
    CheckoutSettings,
    DiscordSettings,
    DisplaySettings,
    LimitSettings,
    LoggingSettings,
    PandabaseSettings,
    Settings,
    StaffSettings,
    StorageSettings,
    WebSettings,
)

__all__ = [
    "DEFAULT_PATH",
    "PLACEHOLDERS",
    "BackupSettings",
    "CheckoutFieldTemplate",
    "CheckoutSettings",
    "DiscordSettings",
    "DisplaySettings",
    "LimitSettings",
    "LoggingSettings",
    "PandabaseSettings",
    "Settings",
    "StaffSettings",
    "StorageSettings",
    "WebSettings",
    "example_text",
    "load_settings",
]
