"""Labels: sheets of common label stock, and rolls for label printers.

``stock`` knows the sizes, ``content`` what stands on a label, ``layout`` where it stands. ``pdf`` prints it: vector QR
code with its quiet zone, the readable code, text in an embedded Chinese font. ``picture`` shows it on a page before.
"""

from trace.render.labels.content import Certificate, Label
from trace.render.labels.layout import LabelTooSmall, Laid, fitting, lay_out
from trace.render.labels.pdf import MOST, Printed, TooManyLabels, few_enough, labels_pdf
from trace.render.labels.picture import label_svg, sheet_svg
from trace.render.labels.stock import STOCKS, Adjustment, Stock, StockUnfit, stock

__all__ = [
    "MOST",
    "STOCKS",
    "Adjustment",
    "Certificate",
    "Label",
    "LabelTooSmall",
    "Laid",
    "Printed",
    "Stock",
    "StockUnfit",
    "TooManyLabels",
    "few_enough",
    "fitting",
    "label_svg",
    "labels_pdf",
    "lay_out",
    "sheet_svg",
    "stock",
]
