"""The command line: arguments and exit codes only. One module for each command, imported when it is used."""
