"""``/epcis``: the EPCIS 2.0 REST binding (section 12), for JSON and JSON-LD."""

from api.epcis import capture, discovery, events, queries, resources, subscriptions
from api.epcis.frame import blueprint

__all__ = ["blueprint", "capture", "discovery", "events", "queries", "resources", "subscriptions"]
