"""Events by BPMN 2.0.2 §10.5 and §13.5: what waits, what is thrown, and who catches it."""
