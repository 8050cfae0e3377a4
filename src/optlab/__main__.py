"""`python -m optlab` is the command line."""

from optlab.cli.main import main

if __name__ == "__main__":
    main()
