"""`python -m wstui`: the same as the `wstui` command."""

import sys

from wstui.cli import main

sys.exit(main())
