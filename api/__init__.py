"""The thin HTTP API: one router per noun."""
