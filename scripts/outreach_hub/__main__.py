"""Lets ``python -m outreach_hub`` stand in for the console command."""

from outreach_hub.cli import main

if __name__ == "__main__":
    main()
