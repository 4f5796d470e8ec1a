"""Random sound models: drawn as BPMN, run by the engine, and run by a reference that knows only their structure."""
