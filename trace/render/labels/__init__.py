"""Labels as PDF: sheets of common label stock, and rolls for label printers.

``stock`` knows the sizes, ``content`` what stands on a label, ``pdf`` draws it: vector QR code with its quiet zone,
the readable code, text in an embedded Chinese font.
"""

from trace.render.labels.content import Certificate, Label
from trace.render.labels.pdf import MOST, LabelTooSmall, Printed, TooManyLabels, labels_pdf
from trace.render.labels.stock import STOCKS, Adjustment, Stock, StockUnfit, stock

__all__ = [
    "MOST",
    "STOCKS",
    "Adjustment",
    "Certificate",
    "Label",
    "LabelTooSmall",
    "Printed",
    "Stock",
    "StockUnfit",
    "TooManyLabels",
    "labels_pdf",
    "stock",
]
