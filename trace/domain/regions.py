"""Administrative divisions of China by their codes (GB/T 2260): six digits, two each for province, city and county.

A code that ends in ``00`` stands for all that lies within it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from trace.domain.refusals import Refusal

# The first two digits name a province (GB/T 2260-2007, section 4).
_CODE = re.compile("(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12])[0-9]{4}")


@dataclass(eq=False)
class RegionMalformed(Refusal):
    """A division's code has six digits, of which the first two name a province."""

    code = "region_malformed"
    value: str


def parse_region(text: str) -> str:
    """The code of a division. Raises RegionMalformed.

    >>> parse_region(" 350902 ")
    '350902'
    """
    value = text.strip()
    if not _CODE.fullmatch(value):
        raise RegionMalformed(value=value[:20])
    return value


def covers(area: str, region: str | None) -> bool:
    """Whether a division lies in an area, or is the area itself.

    >>> covers("350900", "350902"), covers("350902", "350900"), covers("350000", "360000")
    (True, False, False)
    """
    head = area
    while head.endswith("00"):
        head = head[:-2]
    return region is not None and region.startswith(head)
