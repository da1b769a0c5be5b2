"""One pool, looked up: its profile, models, sizes, and what every pod of it shares."""
