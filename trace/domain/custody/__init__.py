"""What an event does to custody: pure interpretation against a book of what is known.

``interpret`` never raises for what an event claims: whatever is impossible becomes a problem of the outcome,
and the outcome still says what can be booked. ``enforce`` is for acts entered here: it raises the first one.
"""

from trace.domain.custody.delivery import Delivery, delivered
from trace.domain.custody.interpret import MOVING_STEPS, enforce, interpret

__all__ = ["MOVING_STEPS", "Delivery", "delivered", "enforce", "interpret"]
