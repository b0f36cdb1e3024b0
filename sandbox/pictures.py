"""Small pictures of products: a gradient in the product's own colour with an emblem, as PNG.

Pillow comes with the demo; without it products have no pictures and everything else works.
"""

import colorsys
import hashlib
import io
import math
from collections.abc import Callable, Sequence
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from sandbox.models import PricingModel, Product, ProductType

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

SIZE: Final = 512
"""Pixels of a finished picture; it is drawn at twice that, so that edges come out smooth."""
CANVAS: Final = 2 * SIZE
MIDDLE: Final = CANVAS / 2
WHITE: Final = (255, 255, 255, 235)
Colour = tuple[int, int, int]
Fill = tuple[int, int, int, int]
Point = tuple[float, float]


def are_available() -> bool:
    """Whether Pillow is installed."""
    return find_spec("PIL") is not None


@cache
def picture(name: str, emblem: str) -> bytes:
    """A PNG that is the same for the same name and emblem. Takes some 20 ms the first time."""
    hue = hashlib.sha256(name.encode()).digest()[0] / 256
    light, dark = _colour(hue, 0.50, 0.80), _colour(hue + 0.09, 0.72, 0.46)
    return _png(_background(light, dark), EMBLEMS[emblem], dark)


@cache
def logo() -> bytes:
    """The store's logo: a panda on green."""
    return _png(_background((74, 190, 120), (20, 83, 45)), _panda, (20, 83, 45))


def emblem_of(product: Product) -> str:
    if product.emblem:
        return product.emblem
    if product.pricing_model is PricingModel.PAY_WHAT_YOU_WANT:
        return "heart"
    return EMBLEM_BY_TYPE[product.product_type]


def _colour(hue: float, saturation: float, value: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, saturation, value)
    return round(255 * red), round(255 * green), round(255 * blue)


def _background(light: Colour, dark: Colour) -> "Image":
    from PIL import Image  # noqa: PLC0415 - comes with the demo only

    slope = Image.linear_gradient("L").resize((CANVAS, CANVAS)).rotate(35)
    margin = (CANVAS - SIZE) // 2
    slope = slope.crop((margin, margin, margin + SIZE, margin + SIZE))
    return Image.composite(Image.new("RGB", (SIZE, SIZE), dark), Image.new("RGB", (SIZE, SIZE), light), slope)


def _png(ground: "Image", draw: "Callable[[ImageDraw, Colour], None]", shade: Colour) -> bytes:
    from PIL import Image, ImageDraw  # noqa: PLC0415 - comes with the demo only

    for paint in (_rings, draw):
        layer = Image.new("RGBA", (CANVAS, CANVAS), (255, 255, 255, 0))
        paint(ImageDraw.Draw(layer), shade)
        layer = layer.reduce(CANVAS // SIZE)
        ground.paste(layer, mask=layer)
    written = io.BytesIO()
    ground.save(written, "PNG")
    return written.getvalue()


# --- emblems: each is drawn around the middle, some 440 pixels across ---------------------------------


def _disc(pen: "ImageDraw", centre: Point, radius: float, fill: Fill) -> None:
    x, y = centre
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)


def _around(radii: Sequence[float]) -> list[Point]:
    """Points on a circle at even steps, the first at the top, each at its own radius."""
    step = 2 * math.pi / len(radii)
    return [
        (MIDDLE + radius * math.cos(angle), MIDDLE + radius * math.sin(angle))
        for index, radius in enumerate(radii)
        for angle in [-math.pi / 2 + step * index]
    ]


def _rings(pen: "ImageDraw", _: Colour) -> None:
    for radius, strength in ((470, 16), (360, 20), (250, 24)):
        _disc(pen, (MIDDLE, MIDDLE), radius, (255, 255, 255, strength))


def _star(pen: "ImageDraw", _: Colour) -> None:
    pen.polygon(_around([250, 108] * 5), fill=WHITE)


def _cube(pen: "ImageDraw", _: Colour) -> None:
    top, right_top, right, bottom, left, left_top = _around([230.0] * 6)
    centre = (MIDDLE, MIDDLE)
    pen.polygon([top, right_top, centre, left_top], fill=(255, 255, 255, 245))
    pen.polygon([left_top, centre, bottom, left], fill=(255, 255, 255, 190))
    pen.polygon([right_top, right, bottom, centre], fill=(255, 255, 255, 140))


def _key(pen: "ImageDraw", shade: Colour) -> None:
    _disc(pen, (380, MIDDLE), 130, WHITE)
    _disc(pen, (380, MIDDLE), 58, (*shade, 255))
    pen.rounded_rectangle((490, MIDDLE - 34, 780, MIDDLE + 34), 30, fill=WHITE)
    pen.rounded_rectangle((640, MIDDLE, 690, MIDDLE + 110), 16, fill=WHITE)
    pen.rounded_rectangle((724, MIDDLE, 774, MIDDLE + 140), 16, fill=WHITE)


def _parcel(pen: "ImageDraw", shade: Colour) -> None:
    pen.rounded_rectangle((310, 420, 714, 740), 28, fill=WHITE)
    pen.rounded_rectangle((280, 330, 744, 444), 28, fill=WHITE)
    pen.line((296, 444, 728, 444), fill=(*shade, 110), width=10)
    pen.rectangle((478, 330, 546, 740), fill=(*shade, 170))


def _gear(pen: "ImageDraw", shade: Colour) -> None:
    teeth = [240, 240, 240, 186, 186, 186] * 8
    pen.polygon(_around(teeth), fill=WHITE)
    _disc(pen, (MIDDLE, MIDDLE), 84, (*shade, 255))


def _heart(pen: "ImageDraw", _: Colour) -> None:
    outline = []
    for step in range(180):
        angle = 2 * math.pi * step / 180
        x = 16 * math.sin(angle) ** 3
        y = 13 * math.cos(angle) - 5 * math.cos(2 * angle) - 2 * math.cos(3 * angle) - math.cos(4 * angle)
        outline.append((MIDDLE + 14.5 * x, MIDDLE - 30 - 14.5 * y))
    pen.polygon(outline, fill=WHITE)


def _crown(pen: "ImageDraw", shade: Colour) -> None:
    points = [(300, 640), (270, 380), (400, 500), (512, 320), (624, 500), (754, 380), (724, 640)]
    pen.polygon(points, fill=WHITE)
    for tip in (points[1], points[3], points[5]):
        _disc(pen, tip, 34, WHITE)
    pen.rounded_rectangle((300, 664, 724, 724), 24, fill=WHITE)
    _disc(pen, (MIDDLE, 570), 32, (*shade, 200))


def _shirt(pen: "ImageDraw", shade: Colour) -> None:
    left = [(424, 300), (300, 356), (226, 500), (318, 556), (364, 500), (364, 736)]
    pen.polygon(left + [(CANVAS - x, y) for x, y in reversed(left)], fill=WHITE)
    pen.chord((424, 226, 600, 374), 0, 180, fill=(*shade, 190))


def _note(pen: "ImageDraw", _: Colour) -> None:
    pen.polygon([(420, 340), (746, 272), (746, 364), (420, 432)], fill=WHITE)
    for x, y in ((364, 690), (652, 630)):
        pen.rectangle((x + 56, y - 330, x + 94, y), fill=WHITE)
        pen.ellipse((x - 72, y - 56, x + 94, y + 64), fill=WHITE)


def _frame(pen: "ImageDraw", shade: Colour) -> None:
    pen.rounded_rectangle((270, 330, 754, 694), 36, fill=WHITE)
    pen.rounded_rectangle((304, 364, 720, 660), 16, fill=(*shade, 235))
    _disc(pen, (624, 440), 40, WHITE)
    pen.polygon(
        [(304, 646), (446, 456), (530, 568), (588, 500), (720, 646), (706, 660), (316, 660)], fill=WHITE
    )


def _panda(pen: "ImageDraw", _: Colour) -> None:
    black, white = (27, 36, 32, 255), (255, 255, 255, 255)
    for side in (-1, 1):
        _disc(pen, (MIDDLE + side * 205, 330), 100, black)
    pen.ellipse((232, 268, 792, 792), fill=white)
    for side in (-1, 1):
        x = MIDDLE + side * 122
        pen.ellipse((x - 74, 430, x + 74, 596), fill=black)
        _disc(pen, (x - side * 14, 508), 26, white)
    pen.ellipse((460, 600, 564, 664), fill=black)
    pen.arc((432, 610, 592, 730), 30, 150, fill=black, width=18)


EMBLEMS: Final[dict[str, "Callable[[ImageDraw, Colour], None]"]] = {
    "star": _star,
    "cube": _cube,
    "key": _key,
    "parcel": _parcel,
    "gear": _gear,
    "heart": _heart,
    "crown": _crown,
    "shirt": _shirt,
    "note": _note,
    "frame": _frame,
}
EMBLEM_BY_TYPE: Final = {
    ProductType.SUBSCRIPTION: "star",
    ProductType.DIGITAL_DOWNLOAD: "cube",
    ProductType.LICENSE_KEY: "key",
    ProductType.SERIAL: "key",
    ProductType.PHYSICAL: "parcel",
    ProductType.SERVICE: "gear",
    ProductType.ONE_TIME: "crown",
}
