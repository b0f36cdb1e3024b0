"""jsonschema, without what takes longer to import than everything else together.

Where `make check` was run, a tool has installed grammars of internationalized addresses, which jsonschema
would build at its import: over a second for each process that runs tests. No schema here has such an address.
"""

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

from jsonschema import Draft202012Validator, FormatChecker, ValidationError  # noqa: E402
from jsonschema.protocols import Validator  # noqa: E402
from jsonschema.validators import extend  # noqa: E402

__all__ = ["Draft202012Validator", "FormatChecker", "ValidationError", "Validator", "extend"]
