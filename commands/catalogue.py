"""What the appliance says at its prompt, each sentence with how well it is known.

The one place where a person with a real appliance corrects a line.  Sources:
seed is Cisco's TechNote 215335; seen, a public transcript; recalled, Cisco's
command references; ours, made for the lab.
"""

from __future__ import annotations

from ..state.catalogue import Certainty, Sentence

SEED, SEEN = Certainty.SEED, Certainty.SEEN
RECALLED, OURS = Certainty.RECALLED, Certainty.OURS

# The shell

INVALID = Sentence("% invalid command detected at '^' marker.", SEEN)
AMBIGUOUS = Sentence("% ambiguous command detected at '^' marker.", RECALLED)
INCOMPLETE = Sentence("% incomplete command detected at '^' marker.", RECALLED)
INTERNAL = Sentence("% Internal error: the command was not completed.", OURS)
EXEC_HEADING = Sentence("Exec commands:", RECALLED)
CONFIG_HEADING = Sentence("Configure commands:", RECALLED)
NOT_YES_OR_NO = Sentence("ERROR : Please enter Yes or No", SEEN)
FAILURE = Sentence("% Error: {reason}", OURS)

# Configuration

CONFIGURE = Sentence(
    "Enter configuration commands, one per line.  End with CNTL/Z.", RECALLED
)
HOSTNAME_WARNING = Sentence(
    "Changing the hostname or IP may result in undesired side effects,\n"
    "such as installed application(s) being restarted.\n",
    RECALLED,
)
HOSTNAME_QUESTION = Sentence("Are you sure you want to proceed? [y/n] ", RECALLED)
REPOSITORY_NOT_FOUND = Sentence("% Repository not found", SEEN)
HOST_NOT_FOUND = Sentence("% No such host entry: {address} {name}", OURS)
NAME_SERVER_NOT_FOUND = Sentence("% No such name server: {address}", OURS)
BUILT_IN_REPOSITORY = Sentence("% Repository {name} cannot be removed", OURS)

# show

VERSION_HEADER = Sentence(
    "Cisco Application Deployment Engine OS Release: {release}\n"
    "ADE-OS Build Version: {build}\n"
    "ADE-OS System Architecture: x86_64\n"
    "\n"
    "Copyright (c) 2005-{year} by Cisco Systems, Inc.\n"
    "All rights reserved.\n"
    "Hostname: {hostname}\n"
    "\n"
    "\n"
    "Version information of installed applications\n"
    "---------------------------------------------\n"
    "\n",
    SEEN,
)
VERSION_APPLICATION = Sentence(
    "{product}\n"
    "********************************************************\n"
    "Version : {version}\n"
    "Build : {build}\n",
    SEEN,
)
PRIME_PRODUCT = Sentence("Cisco Prime Infrastructure", SEEN)
ISE_PRODUCT = Sentence("Cisco Identity Services Engine", SEEN)
UPTIME = Sentence("{days} day(s), {hours:02d}:{minutes:02d}:{seconds:02d}", RECALLED)
USERS_HEADING = Sentence(
    "USERNAME         ROLE   HOST                     TTY      LOGIN DATETIME",
    RECALLED,
)
USERS_ROW = Sentence("{user:<16} {role:<6} {host:<24} {tty:<8} {time}", RECALLED)
GENERATING = Sentence("Generating configuration...", RECALLED)
DIRECTORY_HEADING = Sentence("Directory of disk:/{path}\n\n", RECALLED)
DIRECTORY_ROW = Sentence("{size:>10} {time}  {name}\n", RECALLED)
DIRECTORY_USAGE = Sentence(
    "\n"
    "           Usage for disk: filesystem\n"
    "{used:>27} bytes total used\n"
    "{free:>27} bytes free\n"
    "{available:>27} bytes available\n",
    RECALLED,
)

# ncs certvalidation

TOFU_HEADING = Sentence(
    "Host certificate are automatically added to this list on first connection,\n"
    "if trust-on-first-use is configured - ncs certvalidation certificate-check ...\n",
    SEED,
)
TOFU_ROW = Sentence("host={host}_{port};  subject= {subject}\n", SEED)
TOFU_ROW_OF_PRIMARY = Sentence("host={host}_{port}; subject= {subject}\n", SEED)
TOFU_DELETED = Sentence("Deleted certificate of host {host_port}", OURS)
TOFU_NOT_FOUND = Sentence("% No certificate of host {host_port} in the list", OURS)
CHECK_SET = Sentence("Certificate check of trustzone {zone} is {check}", OURS)
TRUSTED_IMPORTED = Sentence("Imported certificate {alias} to truststore {zone}", OURS)
TRUSTED_DELETED = Sentence("Deleted certificate {alias} from truststore {zone}", OURS)

# ncs key

RUNNING_CHANGES = Sentence(
    "The NCS server is running.\nChanges will take affect on the next server restart\n",
    SEEN,
)
RUNNING_IMPORTS = Sentence(
    "INFO: no staging url defined, using local space.        rval:2\n", RECALLED
)
RUNNING_IMPORTED = Sentence(
    "The NCS server is running\nChanges will take affect on the next server restart\n",
    RECALLED,
)
REQUEST_WRITTEN = Sentence(
    "Wrote certificate signing request {file} to repository {repository}", OURS
)
GENERATING_KEY = Sentence("Generating RSA key", SEEN)
ASK_DOMAIN = Sentence("Enter the domain name of the server: ", SEEN)
ASK_UNIT = Sentence("Enter the name of your organizational unit: ", SEEN)
ASK_ORGANIZATION = Sentence("Enter the name of your organization: ", SEEN)
ASK_LOCALITY = Sentence("Enter the name of your city or locality: ", SEEN)
ASK_STATE = Sentence("Enter the name of your state or province: ", SEEN)
ASK_COUNTRY = Sentence("Enter the two letter code for your country: ", SEEN)
BAD_COUNTRY = Sentence("% The country code has two letters", OURS)
IMPORTING_CA = Sentence("Importing certificate to trust store", RECALLED)
IMPORTING_KEY = Sentence("Importing RSA key and matching certificate", RECALLED)
IMPORTING_SIGNED = Sentence("Importing signed certificate", RECALLED)
DELETING_CA = Sentence("Deleting certificate from trust store", RECALLED)
CA_ROW = Sentence("Certificate {alias} from {issuer}", RECALLED)

# ncs start, stop, status

STATUS_MONITOR = Sentence(
    "Health Monitor Server is running. ( [Role] {role} [State] {state} )\n", RECALLED
)
STATUS_MONITOR_STOPPED = Sentence("Health Monitor Server is stopped.\n", RECALLED)
STATUS_RUNNING = Sentence(
    "Database server is running\n"
    "Ftp Server is running\n"
    "Tftp Server is running\n"
    "Matlab Server is running\n"
    "Matlab Server Instance 1 is running\n"
    "NMS Server is running.\n"
    "SAM Daemon is running ...\n"
    "DA Daemon is running ...\n"
    "Compliance engine is running\n",
    RECALLED,
)
STATUS_STOPPED = Sentence(
    "Database server is stopped\n"
    "Ftp Server is stopped\n"
    "Tftp Server is stopped\n"
    "Matlab Server is stopped\n"
    "Matlab Server Instance 1 is stopped\n"
    "NMS Server is stopped.\n"
    "SAM Daemon is stopped ...\n"
    "DA Daemon is stopped ...\n"
    "Compliance engine is stopped\n",
    RECALLED,
)
STOPPING = Sentence(
    "Stopping Prime Infrastructure...\nThis may take a few minutes...\n", RECALLED
)
STOPPED = Sentence(
    "Prime Infrastructure successfully shutdown.\n"
    "Stopping SAM daemon...\n"
    "Checking for SAM daemon again ...\n"
    "SAM Daemon not found...\n"
    "Stopping DA daemon ...\n"
    "Checking for DA daemon again ...\n"
    "DA Daemon not found...\n"
    "Compliance engine is stopped\n"
    "Completed shutdown of all services\n",
    RECALLED,
)
STARTING = Sentence(
    "Starting Prime Infrastructure...\n"
    "This may take a while (10 minutes or more) ...\n",
    RECALLED,
)
STARTED = Sentence(
    "Prime Infrastructure started successfully.\nCompleted in {seconds} seconds\n",
    RECALLED,
)
ALREADY_RUNNING = Sentence("Prime Infrastructure is already running.", OURS)
ALREADY_STOPPED = Sentence("Prime Infrastructure is not running.", OURS)
ISE_STATUS = Sentence(
    "ISE PROCESS NAME                       STATE            PROCESS ID  \n"
    "--------------------------------------------------------------------\n",
    RECALLED,
)
ISE_STATUS_ROW = Sentence("{name:<38} {state:<16} {pid:<12}\n", RECALLED)

# ncs ha, and the lab's own ha and ise

HA_STATUS = Sentence("[Role] {role} [State] {state}", RECALLED)
HA_STATUS_PAIR = Sentence(
    "[Role] {role} [{other} Server] {name}({address}) [State] {state}"
    " [Failover Type] {failover}",
    RECALLED,
)
AUTHKEY_GOING = Sentence("Going to update {role} authentication key", RECALLED)
AUTHKEY_DONE = Sentence("Successfully updated {role} authentication key", RECALLED)
REMOVE_WARNING = Sentence("High availability configuration will be removed", RECALLED)
REMOVE_QUESTION = Sentence("Do you wish to continue? (y/N) ", RECALLED)
REMOVING = Sentence(
    "Removing {role} configuration will remove all database information", RECALLED
)
REMOVING_BOTH = Sentence(
    "Primary is attempting to remove high availability configuration from both"
    " primary and secondary",
    RECALLED,
)
REMOVED = Sentence("Successfully removed high availability configuration", RECALLED)
PEER_KEEPS_RECORD = Sentence(
    "The other server could not be told ({reason}). Remove it there too.", OURS
)
HA_NOT_CONFIGURED = Sentence("% High availability is not configured", OURS)
ASK_AUTHKEY = Sentence("Authentication Key: ", OURS)
ASK_EMAIL = Sentence("Email Address (comma separated) []: ", OURS)
ASK_FAILOVER = Sentence("Failover Type (manual/automatic) [manual]: ", OURS)
ASK_VIRTUAL_IP = Sentence("IPV4 Virtual IP []: ", OURS)
ASK_VIRTUAL_IPV6 = Sentence("IPV6 Virtual IP []: ", OURS)
BAD_ANSWER = Sentence("% Not a valid answer: {answer}", OURS)
REGISTERING = Sentence("Registering secondary server {address}", OURS)
REGISTRATION_DONE = Sentence("Configuration Mode: {state}", OURS)
REGISTRATION_FAILED = Sentence("% HA registration failed: {reason}", OURS)
SERVICES_NEEDED = Sentence(
    "% Prime Infrastructure is not running. Start it first: ncs start", OURS
)
HINT = Sentence("% {hint}", OURS)
READINESS_ROW = Sentence("{item:<42} {status}", OURS)
READINESS_ADVICE = Sentence(
    "  Impact: {impact}\n  Recommendation: {recommendation}\n", OURS
)
ASK_PASSWORD = Sentence("Password: ", OURS)
ASK_PASSWORD_AGAIN = Sentence("Confirm Password: ", OURS)
PASSWORDS_DIFFER = Sentence("% The passwords are not the same", OURS)
ISE_ROW = Sentence("{address:<16} {port:<6} {role:<11} {version:<8} {status}", OURS)
ISE_ADDED = Sentence("Added ISE server {address}: {role}, version {version}", OURS)
ISE_TESTED = Sentence("ISE server {address}: {role}, version {version}", OURS)
ISE_DELETED = Sentence("Deleted ISE server {address}", OURS)
ISE_EMPTY = Sentence("No ISE servers", OURS)
NOT_ACTIVE = Sentence("% This server is not active: do it on the primary", OURS)
