"""Answers as JSON, as Pandabase's OpenAPI files name them: camelCase the catalog, snake_case checkouts."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sandbox import pictures
from sandbox.models import (
    Category,
    Coupon,
    CouponType,
    Line,
    Option,
    Product,
    Quote,
    Session,
    StoreInfo,
    Variant,
)
from sandbox.pricing import payment_methods

Json = dict[str, Any]


class Shapes:
    """Builds answers; knows the address under which people's browsers reach the sandbox."""

    def __init__(self, public_url: str) -> None:
        self.public_url = public_url
        self._has_pictures = pictures.are_available()

    def picture(self, product: Product) -> str | None:
        """Its address, or None where pictures can't be drawn."""
        return f"{self.public_url}/pictures/{product.id}.png" if self._has_pictures else None

    def logo(self) -> str | None:
        """Its address, or None where pictures can't be drawn."""
        return f"{self.public_url}/pictures/logo.png" if self._has_pictures else None

    def _images(self, product: Product) -> list[str]:
        picture = self.picture(product)
        return [] if picture is None else [picture]

    # --- the catalog ---------------------------------------------------------------------------------

    def store(self, info: StoreInfo) -> Json:
        return {
            **self._branding(info),
            "description": info.description,
            "summary": info.summary,
            "category": info.categories,
            "twitterUrl": None,
            "instagramUrl": None,
            "linkedinUrl": None,
            "youtubeUrl": None,
            "tiktokUrl": None,
        }

    def merchant(self, info: StoreInfo) -> Json:
        return {**self._branding(info), "statementDescriptor": info.statement_descriptor}

    def _branding(self, info: StoreInfo) -> Json:
        return {
            "id": info.id,
            "name": info.name,
            "handle": info.handle,
            "slug": info.handle,
            "logo": self.logo(),
            "favicon": self.logo(),
            "accentColor": info.accent_color,
            "primaryColor": info.primary_color,
            "supportEmail": info.support_email,
        }

    def product_in_list(self, product: Product, categories: dict[str, Category]) -> Json:
        return {
            "id": product.id,
            "title": product.title,
            "subtitle": product.subtitle,
            "handle": product.handle,
            "price": product.price,
            "compareAtPrice": product.compare_at_price,
            "images": self._images(product),
            "inStock": product.in_stock,
            "currency": product.currency,
            "productType": product.product_type,
            "pricingModel": product.pricing_model,
            "status": "ACTIVE",
            "minimumPrice": product.minimum_price,
            "categories": [
                category_reference(categories[each]) for each in product.category_ids if each in categories
            ],
        }

    def product(self, product: Product, categories: dict[str, Category]) -> Json:
        return {
            **self.product_in_list(product, categories),
            "description": product.description,
            "message": product.message,
            "maxPerCustomer": product.max_per_customer,
            "fulfillmentMode": product.fulfillment_mode,
            "availableFrom": iso(product.available_from),
            "availableUntil": iso(product.available_until),
            "billingInterval": product.billing_interval,
            "billingAnchor": None,
            "trialDays": product.trial_days,
            "options": [option(each) for each in product.options],
            "variants": [variant(each) for each in product.variants],
        }

    def product_in_category(self, product: Product) -> Json:
        return {
            "id": product.id,
            "title": product.title,
            "handle": product.handle,
            "price": product.price,
            "images": self._images(product),
            "inStock": product.in_stock,
        }

    def category(self, category: Category, children: Sequence[Category], products: Sequence[Product]) -> Json:
        return {
            **category_in_list(category),
            "metaTitle": None,
            "metaDescription": None,
            "showInNavigation": True,
            "children": [category_reference(child) for child in children],
            "products": [self.product_in_category(product) for product in products],
        }

    # --- checkouts -----------------------------------------------------------------------------------

    def line(self, line: Line) -> Json:
        return {
            "name": line.name,
            "amount": line.unit_amount,
            "quantity": line.quantity,
            "image": self.picture(line.product) if line.product else None,
        }

    def session(self, session: Session, info: StoreInfo) -> Json:
        quote = session.quote
        coupon = {"code": quote.coupon.code, "discount_amount": quote.discount} if quote.coupon else None
        return {
            "id": session.id,
            "title": session.title,
            "description": session.description,
            "checkout_url": f"{self.public_url}/c/{session.id}",
            "pay_redirect_url": f"{self.public_url}/pay/{session.id}",
            "merchant": self.merchant(info),
            "amount": quote.subtotal,
            "discount_amount": quote.discount,
            "tax_amount": quote.tax,
            "total_amount": quote.total,
            "coupon": coupon,
            "items": [self.line(each) for each in quote.lines],
            "display": {"fields": session.fields} if session.fields else None,
            "metadata": session.metadata,
            "return_url": session.return_url,
            "cancel_url": session.cancel_url,
            "expires_at": unix_milliseconds(session.expires_at),
        }

    def estimate(self, quote: Quote, country: str, info: StoreInfo) -> Json:
        return {
            "merchant": self.merchant(info),
            "subtotal": quote.subtotal,
            "discount": discount(quote.coupon, quote.discount) if quote.coupon else None,
            "tax": {"rate": quote.tax_rate, "amount": quote.tax},
            "total": quote.total,
            "items": [self.line(each) for each in quote.lines],
            "available_payment_methods": payment_methods(country),
        }


def option(each: Option) -> Json:
    return {"id": each.id, "name": each.name, "values": each.values, "position": each.position}


def variant(each: Variant) -> Json:
    return {
        "id": each.id,
        "title": each.title,
        "slug": None,
        "description": None,
        "sku": each.sku,
        "options": each.options,
        "price": each.price,
        "compareAtPrice": each.compare_at_price,
        "images": [],
        "inStock": each.in_stock,
        "quantity": each.stock,
        "trackStock": each.stock is not None,
        "position": each.position,
    }


def category_reference(category: Category) -> Json:
    return {"id": category.id, "name": category.name, "slug": category.slug}


def category_in_list(category: Category) -> Json:
    return {
        **category_reference(category),
        "description": category.description,
        "icon": category.icon,
        "parentId": category.parent_id,
        "displayOrder": category.display_order,
        "featured": category.featured,
    }


def discount(coupon: Coupon, amount: int) -> Json:
    return {"code": coupon.code, "amount": amount, "type": CouponType(coupon.type), "value": coupon.value}


def iso(moment: datetime | None) -> str | None:
    """UTC with milliseconds and a Z, as the API writes times."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def unix_milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
