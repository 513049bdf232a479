"""How fast it is, beside what the same machine can do at all. ``make bench`` runs everything."""
