"""`python -m ringwork`."""

import sys

from ringwork.cli.main import main

sys.exit(main())
