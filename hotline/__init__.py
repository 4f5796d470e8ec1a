"""The office: tickets, people, departments. Uses the engine; knows no HTTP."""
