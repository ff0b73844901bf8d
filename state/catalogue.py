"""What the appliance writes to its logs, each sentence with how well it is known.

The one place where a person with a real appliance corrects a log line.  The
sentences of the prompt stand in the catalogue of `commands`.
"""

from __future__ import annotations

from enum import StrEnum


class Certainty(StrEnum):
    """How well a text, or a command, is known to be the appliance's.

    seed: literal in Cisco's TechNote 215335.  seen: read literally in a public
    source.  recalled: from Cisco's references, not checked against a device.
    ours: made for the lab.
    """

    SEED = "seed"
    SEEN = "seen"
    RECALLED = "recalled"
    OURS = "ours"


class Sentence(str):
    """A text that the product says, and how well it is known."""

    certainty: Certainty

    def __new__(cls, text: str, certainty: Certainty) -> Sentence:
        """Mark a text with its certainty."""
        sentence = super().__new__(cls, text)
        sentence.certainty = certainty
        return sentence


TOFU_FAILED = Sentence(
    "TOFU failed.\n"
    "Check local trust Trust-on-first-use is configure for this connection.\n"
    "Current certificate of the remote host is different from what was used earlier\n"
    "- {name}\n"
    "javax.net.ssl.SSLHandshakeException:"
    " java.security.cert.CertificateException:\n"
    "Trust-on-first-use is configure for this connection.\n"
    "Current certificate of the remote host is different from what was used earlier\n"
    "- CN={common_name}",
    Certainty.SEED,
)
CERTIFICATE_CHANGED = Sentence(
    "A Trust-on-first-use (TOFU) based Certificate is configured for this connection."
    " The current certificate on the remote host is different than what was used"
    " earlier.",
    Certainty.RECALLED,
)
CERTIFICATE_REFUSED = Sentence(
    "Certificate validation failed for {host}_{port}. {reason} - {name}",
    Certainty.OURS,
)
KEY_MISMATCH = Sentence(
    "Authentication key does not match between primary {primary}"
    " and secondary servers {secondary}",
    Certainty.SEEN,
)
HEARTBEAT_FAILED = Sentence(
    "No heartbeat from {address} ({missed} of {limit}): {reason}", Certainty.OURS
)
NOT_REGISTERED = Sentence("{address} does not know this registration", Certainty.OURS)
STATE_CHANGED = Sentence(
    "HA state changed from {before} to {after}: {event}", Certainty.OURS
)
INTERRUPTED = Sentence(
    "the registration was interrupted by a restart of this server", Certainty.OURS
)
REGISTRATION_REFUSED = Sentence(
    "HA registration asked for by {address} refused: {reason}", Certainty.OURS
)
MILESTONE = Sentence("HA registration: {milestone} completed", Certainty.OURS)
REPLICATED = Sentence("Replicated configuration to {address}", Certainty.OURS)
REPLICATION_RECEIVED = Sentence("Received configuration from {address}", Certainty.OURS)
REPLICATION_FAILED = Sentence(
    "Replication to {address} failed: {reason}", Certainty.OURS
)
ISE_STATUS = Sentence("ISE server {address}: {status}", Certainty.OURS)
SERVICES_STARTED = Sentence(
    "Services started; server certificate {subject}", Certainty.OURS
)
SERVICES_STOPPED = Sentence("Services stopped", Certainty.OURS)
NEW_CERTIFICATE = Sentence(
    "Installed certificate {subject}, used after the next restart of the services",
    Certainty.OURS,
)
SYSTEM_STARTED = Sentence("System started", Certainty.OURS)
SYSTEM_HALTED = Sentence("System halted", Certainty.OURS)
UNEXPECTED_STOP = Sentence("System was stopped unexpectedly", Certainty.OURS)
UNDERTAKING_INTERRUPTED = Sentence(
    "{what} was interrupted by the stop; nothing was changed", Certainty.OURS
)
FILE_COMPLETED = Sentence(
    "Wrote file {file}, which the stop had left unwritten", Certainty.OURS
)
