"""`python -m cnnspec`."""

from cnnspec.cli.main import main

if __name__ == "__main__":
    main()
