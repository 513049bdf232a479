"""Every word a person reads, in Chinese and English side by side.

A catalog is a TOML file in this folder, one for each area. An entry is a table named by its code, holding
``en`` and ``zh`` with ``str.format`` placeholders. Catalogs are checked as a whole when first used: a missing
translation, placeholders that differ between the languages, or one code in two files stops the program then
and not in front of a reader.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Literal, cast

Locale = Literal["zh", "en"]
LOCALES: tuple[Locale, ...] = ("zh", "en")
DEFAULT: Locale = "zh"

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_QUALITY = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)", re.IGNORECASE)
_RANGE = re.compile(r"\*|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_MAX_HEADER = 1000


class CatalogError(ValueError):
    """A catalog is incomplete or contradicts itself."""


def text(code: str, locale: Locale, /, **params: object) -> str:
    """The words for ``code``, with its parameters set in. A Decimal is written out in plain digits.

    Raises KeyError for an unknown code or language, and for a placeholder without a parameter; parameters
    that the words do not use are ignored. A parameter ``unit`` that holds a unit's code is written as its name.

    >>> text("gtin_check_digit", "zh", found="7", expected="4", value="4012345678907")
    '商品条码（GTIN）检验位不对：写的是 7，应为 4。'
    """
    plain = {name: _plain(value) for name, value in params.items()}
    named = catalogs().get(f"unit_{plain.get('unit', '')}")
    if named is not None:  # 120 kg is read by people, 120 KGM is not
        plain["unit"] = named[locale]
    return catalogs()[code][locale].format_map(plain)


def best(accept_language: str | None) -> Locale:
    """The language to answer in, from an Accept-Language header (RFC 9110, section 12.5.4).

    Ranges match by their primary subtag, the highest quality wins and the earlier one among equals. Chinese
    where nothing matches, unless the header rules it out.

    >>> best("en-GB,en;q=0.9,zh;q=0.4"), best("fr"), best(None)
    ('en', 'zh', 'zh')
    """
    wanted: dict[str, float] = {}
    for item in (accept_language or "")[:_MAX_HEADER].split(","):
        name, quality = _weigh(item)
        if name:
            wanted[name] = max(quality, wanted.get(name, 0.0))
    ranked = [(quality, name) for name, quality in wanted.items() if name in LOCALES]
    if "*" in wanted:
        ranked += [(wanted["*"], locale) for locale in LOCALES if locale not in wanted]
    # max() keeps the first among equals: the header's own order, then ours.
    quality, locale = max(ranked, key=lambda pair: pair[0], default=(0.0, DEFAULT))
    if quality > 0:
        return locale
    return next((locale for locale in LOCALES if wanted.get(locale) != 0.0), DEFAULT)


@cache
def catalogs() -> Mapping[str, Mapping[str, str]]:
    """All entries by code, loaded and checked once. Raises CatalogError."""
    return load(Path(__file__).parent)


def load(folder: Path) -> dict[str, dict[str, str]]:
    """Read and check every ``*.toml`` of a folder. Raises CatalogError, naming the file and the code."""
    entries: dict[str, dict[str, str]] = {}
    origin: dict[str, str] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            tables = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise CatalogError(f"{path.name}: {error}") from error
        for code, entry in tables.items():
            if code in origin:
                raise CatalogError(f"{code} is in {origin[code]} and in {path.name}")
            entries[code] = _checked(f"{path.name}: {code}", entry)
            origin[code] = path.name
    return entries


def _checked(where: str, entry: object) -> dict[str, str]:
    if not isinstance(entry, dict) or set(entry) != set(LOCALES):
        raise CatalogError(f"{where}: needs exactly {' and '.join(LOCALES)}")
    if not all(isinstance(words, str) and words.strip() for words in entry.values()):
        raise CatalogError(f"{where}: words must be text")
    names = {locale: _placeholders(where, entry[locale]) for locale in LOCALES}
    if names["zh"] != names["en"]:
        raise CatalogError(f"{where}: placeholders differ: {sorted(names['zh'] ^ names['en'])}")
    return cast("dict[str, str]", entry)


def _placeholders(where: str, words: str) -> set[str]:
    """Names set in; plain names only, so that words can reach into no object and format no number."""
    found: set[str] = set()
    try:
        for _, name, spec, conversion in Formatter().parse(words):
            if name is None:
                continue
            if spec or conversion or not _NAME.fullmatch(name):
                raise CatalogError(f"{where}: {{{name}}} is not a plain placeholder")
            found.add(name)
    except ValueError as error:
        raise CatalogError(f"{where}: {error}") from error
    return found


def _weigh(item: str) -> tuple[str, float]:
    """Primary subtag and quality of one language range; an empty subtag where the range is malformed."""
    name, separator, parameter = (part.strip() for part in item.partition(";"))
    quality = _QUALITY.fullmatch(parameter) if separator else None
    if not _RANGE.fullmatch(name) or (separator and quality is None):
        return "", 0.0
    return name.partition("-")[0].lower(), float(quality[1]) if quality else 1.0


def _plain(value: object) -> str:
    return format(value, "f") if isinstance(value, Decimal) else str(value)
