"""`python -m sandbox`: the stand-ins in the foreground."""

from __future__ import annotations

import sys

from sandbox.server import main

sys.exit(main())
