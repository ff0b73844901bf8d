"""All commands there are, family by family.

An explicit list: what is not named here does not exist.
"""

from __future__ import annotations

from .basics import basics
from .certvalidation import certvalidation
from .configuration import configuration
from .files import files
from .ha import ncs_ha
from .key import key
from .lab_ha import lab_ha
from .lab_ise import lab_ise
from .registry import CommandSet
from .services import application, services
from .show import prime_logs, show

COMMANDS = CommandSet(
    (
        basics,
        configuration,
        show,
        prime_logs,
        files,
        services,
        application,
        certvalidation,
        key,
        ncs_ha,
        lab_ha,
        lab_ise,
    )
)
