"""What each rule about decisions rests on: its section of DMN 1.3; rules of our own have none."""

from __future__ import annotations

from engine.errors import Finding

SECTIONS = {
    "decision-format": "DMN 1.3 §6.3.7",
    "decision-import": "DMN 1.3 §6.3.3",
    "decision-requirement": "DMN 1.3 §6.3.13",
    "decision-cycle": "DMN 1.3 §6.3.7",
    "type": "DMN 1.3 §7.3.2",
    "language": "DMN 1.3 §6.3.2",
    "expression": "DMN 1.3 §10.3.1",
    "cell": "DMN 1.3 §8.2.8",
    "rule-shape": "DMN 1.3 §8.3.3",
    "output-value": "DMN 1.3 §8.2.6",
    "hit-policy": "DMN 1.3 §8.2.11",
    "decision-overlap": "DMN 1.3 §8.2.11",
    "decision-gap": "DMN 1.3 §8.2.12",
}


def finding(rule: str, element: str, severity: str, message: str, file: str) -> Finding:
    """A finding with its section."""
    return Finding(rule, element, severity, message, file, SECTIONS.get(rule, ""))
