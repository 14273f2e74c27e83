"""``python -m thetamix.cli``."""

from thetamix.cli import main

main()
