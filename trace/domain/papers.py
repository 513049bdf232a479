"""Numbers of papers (invoices, certificates, customs declarations) as people read them off and look for them.

EPCIS names a business document by a URI (CBV 2.0 section 8.5); what is printed on it is that URI's last part. People
read a number with or without its hyphens, and leave away what stands before it: so a paper is found by the beginning
of each word in its number, in letters and digits alone.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

LONGEST_NUMBER = 200  # characters of a number that are shown
LONGEST_TERM = 40
MOST_TERMS = 12
"""Words of one number that it is found by; a captured document may put a page of prose there."""

_WORD = re.compile(r"[\u3400-\u9fff]+|[^\W_\u3400-\u9fff]+")


def number_of(uri: str) -> str:
    """A paper's number as it is printed, out of the URI that names it.

    >>> number_of("urn:x-trace:paper:cert:PX-07"), number_of("https://acme.example/po/123%2F4")
    ('PX-07', '123/4')
    """
    mark = "/" if re.match(r"https?://", uri, re.IGNORECASE) else ":"
    last = uri.rstrip(mark).rpartition(mark)[2]
    return unquote(last)[:LONGEST_NUMBER]


def folded(text: str) -> str:
    """Letters and digits alone, of one width and in small letters: the form in which numbers are compared.

    >>> folded("ＰＸ－07 号")
    'px07号'
    """
    return "".join(letter for letter in unicodedata.normalize("NFKC", text).casefold() if letter.isalnum())


def terms_of(number: str) -> tuple[str, ...]:
    """What a number is found by: from the beginning of each of its words to its end, folded, in order.

    >>> terms_of("动物B 3506-0001234")
    ('动物b35060001234', 'b35060001234', '35060001234', '0001234')
    """
    starts = [found.start() for found in _WORD.finditer(number)]
    terms = (folded(number[start:])[:LONGEST_TERM] for start in starts[:MOST_TERMS])
    return tuple(dict.fromkeys(term for term in terms if term))
