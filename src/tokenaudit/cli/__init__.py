"""The command line: the only room that knows typer. One file a command."""
