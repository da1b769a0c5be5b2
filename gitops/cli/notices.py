"""Notices of promotions: one that cannot be sent is a warning, and fails nothing."""

import json
import os
from collections.abc import Callable
from dataclasses import replace

from components.checks.resolve import release_of
from documents.problem import RefusedError, refusal
from gitops.adapters.git import Git
from gitops.adapters.notices import NoticeError, Receiver
from gitops.adapters.process import OutsideError, run
from gitops.cli.rollback import Rollback
from gitops.cli.root import checkout
from gitops.cli.terminal import busy, say
from gitops.planning.checkout import resolved
from gitops.promotion.notice import Notice, document, slack
from gitops.promotion.releases import releases
from models.catalog import read_catalog
from settings.file import read_stack_file
from settings.promotion import NoticeEvent, PromotionSettings
from settings.release import Release, parse_release, read_blocked, release_name


def notify(event: str, stack: str, pull: str) -> None:
    """Tell people that something happened to the release that a stack has now.

    Raises:
        RefusedError: there is no such event or stack.
    """
    if event not in list(NoticeEvent):
        raise refusal("EVENT", f"is {event!r:.40}", f"use one of: {', '.join(NoticeEvent)}")
    file = read_stack_file(checkout(), stack)
    after = file.release or release_of(*resolved(file, read_catalog(checkout())))
    notice = _back(Notice(event=NoticeEvent(event), stack=stack, before=_before(stack, after),
                          after=after, pull=pull))  # fmt: skip
    if pull and not notice.link:
        say("warning: --pull-request is not the URL of a pull request: it is ignored")
    settings = file.settings.promotion
    if settings is None or settings.notices is None:
        say(f"no notice is sent: {file.document.file} has no `notices` under localai:promotion")
    elif notice.event not in settings.notices.events:
        say(f"no notice is sent: `notices` of {file.document.file} do not list {notice.event}")
    elif tell(settings, notice):
        say(f"notice sent: {stack} {notice.event}")


def tell(settings: PromotionSettings | None, notice: Notice) -> bool:
    """Send a notice to whom a stack names, if anybody, and return whether it was taken."""
    told = settings.notices if settings else None
    if told is None or notice.event not in told.events:
        return False
    name = told.slack or told.webhook or ""
    message = slack(notice) if told.slack else document(notice)
    receiver = Receiver(address=os.environ.get(name, "").strip(), dedupes=told.slack is None)
    try:
        with busy("Sending the notice"):
            receiver.post(json.dumps(message).encode(), notice.key)
    except NoticeError as error:
        say(f"warning: no notice that {notice.stack} was {notice.event}: "
            f"{name}: {error.cause}; {error.cure}")  # fmt: skip
        return False
    return True


def rolled_back(made: Rollback) -> Callable[[], bool]:
    """Return what tells that a rollback was committed to whom the stack names as it is now."""
    settings = read_stack_file(checkout(), made.stack).settings.promotion
    notice = Notice(
        event=NoticeEvent.ROLLED_BACK, stack=made.stack, before=made.old, after=made.new
    )
    return lambda: tell(settings, notice)


def _back(notice: Notice) -> Notice:
    """Return a merge of a rollback as what it is: its way back would be the release that failed."""
    blocked = {one.release for one in read_blocked(checkout())}
    if notice.event is NoticeEvent.MERGED and notice.before and notice.before.digest in blocked:
        return replace(notice, event=NoticeEvent.ROLLED_BACK)
    return notice


def _before(stack: str, after: Release) -> Release | None:
    """Return the release that a stack had before, by Git; None where that is not known."""
    try:
        older = [one for one in releases(checkout(), stack) if one.digest != after.digest]
        if not older:
            return None
        content = Git(folder=checkout(), run=run).contents([older[0].blob])[older[0].blob]
        return parse_release(content, f"{release_name(stack)} of {older[0].commit[:9]}")
    except (RefusedError, OutsideError):
        return None
