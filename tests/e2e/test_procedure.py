"""The procedure that the lab exists for, typed at real terminals from end to end."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tofulab.tools.harness import LabThread

from .conftest import (
    ISE,
    KEY,
    PASSWORD,
    PRIMARY,
    SECONDARY,
    LogIn,
    SplitLab,
    X,
    Y,
    Z,
    subject_on_wire,
)

LIST = "ncs certvalidation tofu-certs listcerts"
DELETE = "ncs certvalidation tofu-certs deletecert host"
SUBJECT = "/C=US/ST=CA/L=SJ/O=Cisco Systems/OU=Prime Infra/CN="
NEW_SUBJECT = "/C=US/ST=CA/L=SJ/O=Example/OU=Prime Infra/CN=prime-sec"

MONITOR_RECORD = """\
 [system] [HealthMonitorThread] TOFU failed.
Check local trust Trust-on-first-use is configure for this connection.
Current certificate of the remote host is different from what was used earlier
- CN={name}, OU=Prime Infra, O=Cisco Systems, L=SJ, ST=CA, C=US
javax.net.ssl.SSLHandshakeException: java.security.cert.CertificateException:
Trust-on-first-use is configure for this connection.
Current certificate of the remote host is different from what was used earlier
- CN={name}
"""
ISE_RECORD = """\
] TOFU failed.
Check local trust Trust-on-first-use is configure for this connection.
Current certificate of the remote host is different from what was used earlier
- CN=ISE-server
javax.net.ssl.SSLHandshakeException: java.security.cert.CertificateException:
Trust-on-first-use is configure for this connection.
Current certificate of the remote host is different from what was used earlier
- CN=ISE-server
"""


def as_lines(text: str) -> str:
    """Take the line ends of a terminal away."""
    return text.replace("\r\n", "\n")


def walk(log_in: LogIn, sign: Callable[[str, str], object]) -> None:
    """Walk the TechNote: integrate, break, read, delete, register, verify."""
    primary, secondary = log_in(PRIMARY), log_in(SECONDARY)

    asked = ("Password: $", PASSWORD), ("Confirm Password: $", PASSWORD)
    assert "Added ISE server" in primary.run(f"ise add {Z} username admin", *asked)
    registered = primary.run(f"ha register secondary {Y} authkey {KEY}")
    assert "100 %" in registered.rsplit("Post HA Registration", 1)[1]
    assert "Configuration Mode: Primary Active" in registered
    heading = (
        "Host certificate are automatically added to this list on first connection,\n"
        "if trust-on-first-use is configured -"
        " ncs certvalidation certificate-check ...\n"
    )
    assert heading + (
        f"host={X}_8082;  subject= {SUBJECT}prime-pri\n"
        f"host={Z}_443;  subject= {SUBJECT}ISE-server\n"
        f"host={Y}_8082;  subject= {SUBJECT}prime-sec\n"
    ) == as_lines(primary.run(LIST))
    secondary.run_until("ncs ha status", "Secondary Syncing")
    assert f"{heading}\n" + (
        f"host={Y}_8082;  subject= {SUBJECT}prime-sec\n"
        f"host=127.0.0.1_8082;  subject= {SUBJECT}prime-sec\n"
        f"host={X}_8082; subject= {SUBJECT}prime-pri\n"
    ) == as_lines(secondary.run(LIST))

    secondary.run(
        "ncs key genkey -newdn -csr sec.csr repository defaultRepo",
        ("domain name of the server: $", ""),
        ("organizational unit: $", ""),
        ("your organization: $", "Example"),
        ("city or locality: $", ""),
        ("state or province: $", ""),
        ("code for your country: $", ""),
    )
    sign(SECONDARY, "sec.csr")
    files = secondary.run("show repository defaultRepo").split()
    assert ["sec-chain.cer", "sec.cer", "sec.csr"] == files
    secondary.run("ncs key importcacert labca sec-chain.cer repository defaultRepo")
    imported = secondary.run("ncs key importsignedcert sec.cer repository defaultRepo")
    assert "Changes will take affect on the next server restart" in imported
    assert "Error" not in imported
    assert SUBJECT in secondary.run(LIST)
    assert "Completed shutdown of all services" in secondary.run("ncs stop")
    assert "started successfully" in secondary.run("ncs start")

    primary.run_until("ncs ha status", "Primary Lost Secondary")
    log = as_lines(primary.run("show logging health-monitor last 100"))
    assert (
        MONITOR_RECORD.format(name="prime-sec").replace("O=Cisco Systems", "O=Example")
        in log
    )
    failed = primary.run(f"ha register secondary {Y} authkey {KEY}")
    assert "% HA registration failed" in failed
    assert "HA not Configured" in primary.run("ncs ha status")

    primary.run(f"{DELETE} {Y}_8082")
    registered = primary.run(f"ha register secondary {Y} authkey {KEY}")
    assert "Configuration Mode: Primary Active" in registered
    secondary.run_until("ncs ha status", "Secondary Syncing")
    assert f"host={Y}_8082;  subject= {NEW_SUBJECT}\r\n" in primary.run(LIST)
    for own in (f"{Y}_8082", "127.0.0.1_8082"):
        secondary.run(f"{DELETE} {own}")
        secondary.run_until(LIST, f"host={own};  subject= {NEW_SUBJECT}")


def test_the_procedure_with_all_nodes_in_one_process(
    tofulab_lab: LabThread, log_in: LogIn
) -> None:
    """The pair is made, broken by a new certificate, and repaired."""
    walk(log_in, tofulab_lab.sign)
    monitor = tofulab_lab.node(SECONDARY).health_monitor
    assert monitor is not None
    assert NEW_SUBJECT == subject_on_wire(monitor)


def test_the_procedure_with_each_node_in_its_own_process(
    make_split_lab: Callable[..., SplitLab],
) -> None:
    """Nodes that meet only on the wire behave the same."""
    lab = make_split_lab()
    for node in (PRIMARY, SECONDARY, ISE):
        lab.start(node)
    walk(lab.log_in, lambda node, file: lab.tell("ca", "sign", node, file))


@pytest.fixture
def paired(tofulab_lab: LabThread, log_in: LogIn) -> LabThread:
    """A lab whose PI nodes are a pair that knows the ISE server."""
    primary = log_in(PRIMARY)
    primary.run(f"ise add {Z} username admin password {PASSWORD}")
    primary.run(f"ha register secondary {Y} authkey {KEY}")
    log_in(SECONDARY).run_until("ncs ha status", "Secondary Syncing")
    return tofulab_lab


def test_the_primarys_log_tells_of_the_secondarys_new_certificate(
    paired: LabThread, log_in: LogIn
) -> None:
    """The first record of the TechNote, and the state that goes with it."""
    primary = log_in(PRIMARY)
    paired.renew_certificate(SECONDARY)
    primary.run_until("ncs ha status", "Primary Lost Secondary")
    log = as_lines(primary.run("show logging health-monitor last 60"))
    assert MONITOR_RECORD.format(name="prime-sec") in log
    primary.run(f"{DELETE} {Y}_8082")
    primary.run_until("ncs ha status", "Primary Active")


def test_the_primarys_log_tells_of_the_ise_servers_new_certificate(
    paired: LabThread, log_in: LogIn
) -> None:
    """The second record of the TechNote, in the infrastructure log."""
    primary = log_in(PRIMARY)
    paired.renew_certificate(ISE)
    assert "TOFU" in primary.run(f"ise test {Z}")
    log = as_lines(primary.run("show logging infrastructure last 60"))
    assert ISE_RECORD in log
    assert " ERROR [system] [seqtaskexecutor-3" in log
    primary.run(f"{DELETE} {Z}_443")
    assert "Standalone, version" in primary.run(f"ise test {Z}")


def test_the_secondarys_log_tells_of_the_primarys_new_certificate(
    paired: LabThread, log_in: LogIn
) -> None:
    """The third record of the TechNote, and the state that goes with it."""
    secondary = log_in(SECONDARY)
    paired.renew_certificate(PRIMARY)
    secondary.run_until("ncs ha status", "Secondary Lost Primary")
    log = as_lines(secondary.run("show logging health-monitor last 60"))
    assert MONITOR_RECORD.format(name="prime-pri") in log
    secondary.run(f"{DELETE} {X}_8082")
    secondary.run_until("ncs ha status", "Secondary Syncing")


def test_openssl_sees_the_subjects_that_the_list_shows(
    paired: LabThread, log_in: LogIn
) -> None:
    """8082 and 443 show on the wire what `listcerts` says."""
    listed = log_in(PRIMARY).run(LIST)
    primary, ise = paired.node(PRIMARY), paired.node(ISE)
    assert primary.health_monitor is not None
    for place, entry in (
        (primary.health_monitor, f"{X}_8082"),
        (ise.https, f"{Z}_443"),
    ):
        assert f"host={entry};  subject= {subject_on_wire(place)}\r\n" in listed


@pytest.mark.parametrize(
    ("rebuilt", "keeper", "entry"),
    [(SECONDARY, PRIMARY, f"{Y}_8082"), (PRIMARY, SECONDARY, f"{X}_8082")],
)
def test_a_rebuilt_server_is_registered_again(
    paired: LabThread, log_in: LogIn, rebuilt: str, keeper: str, entry: str
) -> None:
    """A redeployed VM is refused at its old address until its entry is deleted."""
    paired.rebuild(rebuilt)
    kept = log_in(keeper)
    kept.run_until("ncs ha status", " Lost ")
    assert "TOFU failed" in kept.run("show logging health-monitor last 30")
    primary = log_in(PRIMARY)
    command = f"ha register secondary {Y} authkey {KEY}"
    assert "% HA registration failed" in primary.run(command)
    kept.run(f"{DELETE} {entry}")
    assert "Configuration Mode: Primary Active" in primary.run(command)
    log_in(SECONDARY).run_until("ncs ha status", "Secondary Syncing")
