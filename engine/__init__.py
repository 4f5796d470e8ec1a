"""Faithful, safe execution of BPMN and DMN on one database. Knows no ticket."""
