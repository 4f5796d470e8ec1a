"""Fuzzing of the upload: real diagrams, tables and forms, mutated with their structure in mind."""
