"""Watching a stack: monitors, alerts and a dashboard; may be deleted whole."""
