"""``python -m policybench``."""

from policybench.cli import main

main()
