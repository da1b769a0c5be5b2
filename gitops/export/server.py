"""What keeps one server at what Git says: a script, and the units of systemd that run it."""

import re
from collections.abc import Mapping
from pathlib import Path

from documents.files import declared_bytes

SCRIPT = "update.sh"
_LONGEST = 1 << 20
# How often Git is asked, in seconds: 10 ms of processor each over git or ssh, 80 ms over https.
_EVERY = 300
# The last number of each field of a schedule.
_LAST = (59, 23, 31, 12, 6)


def server_files(stack: str) -> Mapping[str, str]:
    """Return the script and its units, for a folder `/etc/localai/<stack>` of the server."""
    script = declared_bytes(Path(__file__).parent, SCRIPT, most=_LONGEST).decode()
    name = f"localai-{stack}-update"
    return {
        SCRIPT: script,
        f"{name}.service": _service(stack),
        f"{name}.timer": _timer(stack),
    }


def schedule_file(stack: str, schedules: Mapping[str, str]) -> Mapping[str, str]:
    """Return a file for `/etc/cron.d` that runs what CronJobs run in a cluster."""
    script = f"root sh /etc/localai/{stack}/{SCRIPT}"
    lines = [
        f"{_for_cron(schedule)} {script} --run {name} 2>&1 | logger -t {name}\n"
        for name, schedule in schedules.items()
    ]
    head = (
        "# Copy to /etc/cron.d: runs what CronJobs run in a cluster, by the server's clock (times\n"
        "# in the stack file are UTC). Output goes to syslog, under the name of the job.\n"
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
    )
    # cron reads no file with a dot in its name.
    name = f"localai-{stack}-jobs".replace(".", "-")
    return {name: "".join([head, *lines])} if lines else {}


def _for_cron(schedule: str) -> str:
    """Return a CronJob's schedule for cron, which would read `5/15` as minute 5 alone."""
    fields = zip(schedule.split(), _LAST, strict=True)
    return " ".join(re.sub(r"(?<![-\d])(\d+)/", rf"\1-{last}/", one) for one, last in fields)


def variables(stack: str) -> Mapping[str, str]:
    """Return what the script asks of `.env`; the repository is for a person to name."""
    return {
        "LOCALAI_STACK": stack,
        "LOCALAI_STATE": f"/var/lib/localai/{stack}",
        "LOCALAI_REPOSITORY": "",
        "LOCALAI_BRANCH": "main",
        "LOCALAI_SIGNERS": "",
    }


def _service(stack: str) -> str:
    # Through Docker's socket it may do what root may: the rest guards against mistakes.
    return f"""\
[Unit]
Description=LocalAI stack {stack}: take what Git says
Documentation=https://docs.docker.com/compose/
Wants=network-online.target
After=network-online.target docker.service

[Service]
Type=oneshot
ExecStart=/bin/sh /etc/localai/{stack}/{SCRIPT}
# Weights may take hours.
TimeoutStartSec=12h
Nice=10
UMask=0077
NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=strict
StateDirectory=localai/{stack}
StateDirectoryMode=0711
ReadWritePaths=/etc/localai/{stack}
ProtectHome=read-only
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
ProtectClock=yes
RestrictSUIDSGID=yes
RestrictRealtime=yes
LockPersonality=yes
"""


def _timer(stack: str) -> str:
    return f"""\
[Unit]
Description=LocalAI stack {stack}: ask Git every {_EVERY} seconds

[Timer]
OnBootSec=30s
OnUnitInactiveSec={_EVERY}s
AccuracySec=5s

[Install]
WantedBy=timers.target
"""
