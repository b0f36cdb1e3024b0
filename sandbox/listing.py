"""Lists of the catalog: what the query asks for, filtered, sorted, and cut into pages."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sandbox.errors import Refused
from sandbox.models import Category, PricingModel, Product, ProductType

CATEGORY_PRODUCTS: Final = 50
"""The most products that a category's own answer holds; source: the storefront OpenAPI file."""

Element = TypeVar("Element")
AnyModel = TypeVar("AnyModel", bound=BaseModel)


class Paging(BaseModel):
    """Which part of a list is wanted; defaults and limits are those of the storefront OpenAPI file."""

    model_config = ConfigDict(frozen=True)

    page: Annotated[int, Field(ge=1)] = 1
    limit: Annotated[int, Field(ge=1, le=100)] = 25


class ProductQuery(Paging):
    search: str | None = None
    category_id: Annotated[str | None, Field(alias="categoryId")] = None
    product_type: Annotated[ProductType | None, Field(alias="productType")] = None
    pricing_model: Annotated[PricingModel | None, Field(alias="pricingModel")] = None
    sort_by: Annotated[Literal["title", "price", "createdAt"], Field(alias="sortBy")] = "createdAt"
    sort_order: Annotated[Literal["asc", "desc"], Field(alias="sortOrder")] = "desc"


class CategoryQuery(Paging):
    featured: bool | None = None
    parent_id: Annotated[str | None, Field(alias="parentId")] = None


def read(query: type[AnyModel], given: Mapping[str, Any]) -> AnyModel:
    """Read a query string or a body; raise Refused, which names the first wrong parameter."""
    try:
        return query.model_validate(dict(given))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        said = first["msg"]
        raise Refused(f"The parameter {first['loc'][0]} is not valid: {said[0].lower()}{said[1:]}.") from None


@dataclass(frozen=True, slots=True)
class Page:
    elements: Sequence[Any]
    pagination: dict[str, int]

    def body(self, shape: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        """What a list answers with."""
        return {"items": [shape(each) for each in self.elements], "pagination": self.pagination}


def cut(elements: Sequence[Element], paging: Paging) -> Page:
    """The wanted page; one past the end is empty, not an error."""
    start = (paging.page - 1) * paging.limit
    return Page(
        elements=elements[start : start + paging.limit],
        pagination={
            "page": paging.page,
            "limit": paging.limit,
            "total": len(elements),
            "totalPages": -(-len(elements) // paging.limit),
        },
    )


def list_products(products: Iterable[Product], query: ProductQuery) -> Page:
    found = [product for product in products if _matches(product, query)]
    # The id decides between equals, so that a product is on one page only.
    found.sort(
        key=lambda product: (*_sort_key(product, query), product.id), reverse=query.sort_order == "desc"
    )
    return cut(found, query)


def _matches(product: Product, query: ProductQuery) -> bool:
    if query.category_id is not None and query.category_id not in product.category_ids:
        return False
    if query.product_type is not None and product.product_type is not query.product_type:
        return False
    if query.pricing_model is not None and product.pricing_model is not query.pricing_model:
        return False
    if query.search:
        title = product.title.casefold()
        return all(word in title for word in query.search.casefold().split())
    return True


def _sort_key(product: Product, query: ProductQuery) -> tuple[Any, ...]:
    if query.sort_by == "title":
        return (product.title.casefold(),)
    return (product.price if query.sort_by == "price" else product.created_at,)


def list_categories(categories: Iterable[Category], query: CategoryQuery) -> Page:
    found = [
        category
        for category in categories
        if (query.featured is None or category.featured is query.featured)
        and (query.parent_id is None or category.parent_id == query.parent_id)
    ]
    found.sort(key=lambda category: (category.display_order, category.id))
    return cut(found, query)
