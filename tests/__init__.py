"""Tests: real databases, a real browser, real servers; the clock is the only fake."""
