"""Pictures of a valuation as SVG text: the waterfall of its parts and the map of its comparables.

    waterfall(valuation, "en")      # from the average home to this one, a bar a topic
    map_of(valuation, "it")         # the home in the middle, comparables to scale, no tiles

Both stand alone: no script, no font, no address; texts are escaped, and a reader that cannot see
them gets a title and a description.
"""

import math
from html import escape

from avm.messages import Language, Messages, messages
from avm.valuation import Valuation
from avm.zones import METRES_PER_DEGREE, metres_per_longitude

UP, DOWN, TOTAL, INK, FAINT = "#2b8a3e", "#c2255c", "#0b6e99", "#212529", "#868e96"

MOST_BARS = 7
"""Topics with a bar of their own; the rest share one."""

WIDTH, BAR, GAP, LEFT, RIGHT = 720, 26, 12, 230, 110

MAP = 420
EDGE = 46


def waterfall(valuation: Valuation, language: Language = "en") -> str:
    """From the average home's value to this one's, topic by topic."""
    words = messages(language)
    steps = [(words.field(one.topic), one.amount) for one in valuation.contributions[:MOST_BARS]]
    rest = sum(one.amount for one in valuation.contributions[MOST_BARS:])
    if len(valuation.contributions) > MOST_BARS:
        steps.append(("…", rest))
    levels = [valuation.base]
    for _, amount in steps:
        levels.append(levels[-1] + amount)
    low, high = min(*levels, valuation.value), max(*levels, valuation.value)
    # bars start at 0 only where that does not hide the parts
    floor = 0.0 if low < 0.4 * high else low - 0.15 * (high - low or high)
    bars = [(words.text("picture", "average"), floor, valuation.base, TOTAL)]
    for (name, amount), start in zip(steps, levels, strict=False):
        bars.append((name, start, start + amount, UP if amount >= 0 else DOWN))
    bars.append((words.text("picture", "yours"), floor, valuation.value, TOTAL))
    scale = (WIDTH - LEFT - RIGHT) / (high - floor or 1.0)
    rows = []
    for k, (name, start, end, colour) in enumerate(bars):
        sides = sorted((LEFT + (start - floor) * scale, LEFT + (end - floor) * scale))
        amount = end if colour == TOTAL else end - start
        sign = "" if colour == TOTAL else "+" if amount >= 0 else "−"
        said = sign + words.money(amount, valuation.currency, 3 if colour == TOTAL else 2)
        rows.append(_bar(k, name, sides[0], sides[1], colour, said))
    about = f"{bars[0][0]} {words.money(valuation.base, valuation.currency)}, "
    about += f"{bars[-1][0]} {words.money(valuation.value, valuation.currency, 3)}"
    height = len(bars) * (BAR + GAP) + GAP
    return _svg(WIDTH, height, words.text("picture", "waterfall"), about, rows)


def _bar(k: int, name: str, left: float, right: float, colour: str, said: str) -> str:
    top = GAP + k * (BAR + GAP)
    line = top + BAR * 0.68
    name = name[:1].upper() + name[1:]
    return (
        f'<text x="{LEFT - 10}" y="{line:.1f}" text-anchor="end" fill="{INK}">{escape(name)}</text>'
        f'<rect x="{left:.1f}" y="{top}" width="{max(1.5, right - left):.1f}" height="{BAR}" '
        f'rx="3" fill="{colour}"/>'
        f'<text x="{right + 8:.1f}" y="{line:.1f}" fill="{INK}">{escape(said)}</text>'
    )


def map_of(valuation: Valuation, language: Language = "en") -> str:
    """The home and its comparables to scale; empty text where no place is known."""
    if valuation.latitude is None or valuation.longitude is None:
        return ""
    words = messages(language)
    east = metres_per_longitude(valuation.latitude)
    points = [
        (
            (one.longitude - valuation.longitude) * east,
            (one.latitude - valuation.latitude) * METRES_PER_DEGREE,
            one,
        )
        for one in valuation.comparables
        if one.latitude is not None and one.longitude is not None
    ]
    reach = max([100.0, *(max(abs(x), abs(y)) for x, y, _ in points)])
    scale, middle = (MAP / 2 - EDGE) / reach, MAP / 2
    rows = [_scale_bar(reach, scale, words)]
    heaviest = max((one.weight for _, _, one in points), default=1.0) or 1.0
    for x, y, one in points:
        radius = 5 + 7 * math.sqrt(one.weight / heaviest)
        cx, cy = middle + x * scale, middle - y * scale
        said = words.money(one.adjusted_price, valuation.currency)
        rows.append(
            f'<circle cx="{cx:.1f}" cy="{cy:.1f}" r="{radius:.1f}" fill="{FAINT}" '
            'fill-opacity="0.55"/>'
            f'<text x="{cx:.1f}" y="{cy - radius - 3:.1f}" text-anchor="middle" font-size="11" '
            f'fill="{INK}">{escape(said)}</text>'
        )
    yours = words.text("picture", "yours")
    said = words.money(valuation.value, valuation.currency, 3)
    rows.append(
        f'<circle cx="{middle}" cy="{middle}" r="8" fill="{TOTAL}"/>'
        f'<text x="{middle}" y="{middle + 24}" text-anchor="middle" font-weight="bold" '
        f'fill="{TOTAL}">{escape(said)}</text>'
    )
    about = f"{yours} {said}; {len(points)} {words.field('comparables')}"
    return _svg(MAP, MAP, words.text("picture", "map"), about, rows)


def _scale_bar(reach: float, scale: float, words: Messages) -> str:
    """A round length of about a third of the picture."""
    rough = reach * 0.6
    step = 10.0 ** math.floor(math.log10(rough))
    metres = max(m * step for m in (1, 2, 5) if m * step <= rough)
    end = 16 + metres * scale
    said = words.text("picture", "metres").format(words.number(metres))
    return (
        f'<rect x="0.5" y="0.5" width="{MAP - 1}" height="{MAP - 1}" fill="none" stroke="#dee2e6"/>'
        f'<path d="M16 {MAP - 16}H{end:.1f}" stroke="{INK}" stroke-width="2"/>'
        f'<text x="16" y="{MAP - 22}" font-size="11" fill="{INK}">{escape(said)}</text>'
    )


def _svg(width: float, height: float, title: str, about: str, rows: list[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        'font-family="system-ui, sans-serif" font-size="13">'
        f"<title>{escape(title)}</title><desc>{escape(about)}</desc>"
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>{"".join(rows)}</svg>'
    )
