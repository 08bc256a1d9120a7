"""``python -m chinwag``: the command line, where its script is not on the path."""

from chinwag.cli.main import main

if __name__ == "__main__":
    main()
