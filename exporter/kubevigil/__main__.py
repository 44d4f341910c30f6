"""`python -m kubevigil`."""

import sys

from kubevigil.cli.main import main

sys.exit(main())
