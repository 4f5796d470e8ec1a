"""The ground everything stands on: databases, migrations, command line, containers."""
