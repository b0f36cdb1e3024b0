"""Our drafts of checkouts as the store takes them, and its answers as our own records."""

from bot.checkout.draft import (
    CheckoutCustomer,
    CheckoutDraft,
    CheckoutEstimate,
    CheckoutField,
    CheckoutItem,
    CheckoutPage,
    FieldOption,
)
from bot.pandabase import schemas


def request(draft: CheckoutDraft) -> schemas.CheckoutRequest:
    """The call's body. Raises ValueError (pydantic's) for what the store would not take."""
    fields = tuple(map(_field, draft.fields))
    return schemas.CheckoutRequest(
        items=items(draft.items),
        title=draft.title,
        description=draft.description,
        amount=draft.amount,
        customer=_customer(draft.customer) if draft.customer else None,
        tax_id=draft.tax_id,
        coupon_code=draft.coupon_code,
        display=schemas.Display(fields=fields) if fields else None,
        metadata=dict(draft.metadata) or None,
        return_url=draft.return_url,
        cancel_url=draft.cancel_url,
    )


def items(given: tuple[CheckoutItem, ...]) -> tuple[schemas.Item, ...]:
    return tuple(map(_item, given))


def estimate(given: schemas.Estimate) -> CheckoutEstimate:
    discount = given.discount.amount if given.discount else 0
    return CheckoutEstimate(given.subtotal, discount, given.tax.amount, given.total)


def _customer(given: CheckoutCustomer) -> schemas.Customer:
    return schemas.Customer(
        name=given.name,
        email=given.email,
        billing=schemas.Billing(
            line1=given.line1,
            line2=given.line2,
            city=given.city,
            state=given.state,
            postal_code=given.postal_code,
            country=given.country,
        ),
    )


def page(given: schemas.CheckoutSession) -> CheckoutPage:
    return CheckoutPage(
        session_id=given.id,
        url=given.checkout_url,
        amount=given.amount,
        discount=given.discount_amount,
        tax=given.tax_amount,
        total=given.total_amount,
        expires_at=given.expires_at,
    )


def field_record(given: schemas.StoreCheckoutField) -> CheckoutField:
    """A field of the settings, which have the store's shape, as our own record."""
    rules = given.text or given.numeric
    options = given.dropdown.options if given.dropdown else ()
    chosen = given.dropdown.default_value if given.dropdown else None
    return CheckoutField(
        key=given.key,
        label=given.label.custom,
        type=given.type,
        optional=given.optional,
        default_value=rules.default_value if rules else chosen,
        minimum_length=rules.minimum_length if rules else None,
        maximum_length=rules.maximum_length if rules else None,
        options=tuple(FieldOption(option.label, option.value) for option in options),
    )


def _field(given: CheckoutField) -> schemas.StoreCheckoutField:
    lengths = schemas.LengthRules(
        default_value=given.default_value,
        minimum_length=given.minimum_length,
        maximum_length=given.maximum_length,
    )
    rules = None if lengths == schemas.LengthRules() else lengths
    return schemas.StoreCheckoutField(
        key=given.key,
        label=schemas.FieldLabel(custom=given.label),
        type=given.type,
        optional=given.optional,
        text=rules if given.type == "text" else None,
        numeric=rules if given.type == "numeric" else None,
        dropdown=_dropdown(given) if given.type == "dropdown" else None,
    )


def _dropdown(given: CheckoutField) -> schemas.Dropdown:
    options = tuple(schemas.DropdownOption(label=each.label, value=each.value) for each in given.options)
    return schemas.Dropdown(options=options, default_value=given.default_value)


def _item(given: CheckoutItem) -> schemas.Item:
    if given.product_id is None:
        return schemas.DynamicItem(name=given.name or "", amount=given.amount or 0, quantity=given.quantity)
    return schemas.CatalogItem(
        product_id=given.product_id, variant_id=given.variant_id, quantity=given.quantity
    )
