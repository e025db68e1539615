"""Several observations of one replica, as one. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from msgspec.structs import replace

from hub.model import RemoteId
from hub.replica import Observation, RemoteAttachment, RemoteComment

Remark = TypeVar("Remark", RemoteComment, RemoteAttachment)


def combine(observations: Sequence[Observation]) -> Observation:
    """Return what these observations, oldest first, say together: the later word counts."""
    whole = observations[0]
    for later in observations[1:]:
        whole = _over(whole, later)
    return whole


def covers(new: Observation, old: Observation) -> bool:
    """Return whether an observation shows every part of a replica that an older one had shown."""
    return (
        (new.raw is not None or old.raw is None)
        and (new.comments_complete or not (old.comments or old.comments_complete))
        and (new.attachments_complete or not (old.attachments or old.attachments_complete))
        and (new.references is not None or old.references is None)
    )


def _over(old: Observation, new: Observation) -> Observation:
    return replace(
        new,
        version=new.version or old.version,
        label=new.label or old.label,
        url=new.url or old.url,
        key=new.key or old.key,
        raw=new.raw if new.raw is not None else old.raw,
        comments=_joined(old.comments, new.comments, anew=new.comments_complete),
        comments_complete=new.comments_complete,
        comment_count=new.comment_count if new.comment_count is not None else old.comment_count,
        attachments=_joined(old.attachments, new.attachments, anew=new.attachments_complete),
        attachments_complete=new.attachments_complete,
        references=new.references if new.references is not None else old.references,
        # a record seen after a deletion was restored; a mere comment seen after it was not
        gone=new.gone if new.raw is not None or new.gone is not None else old.gone,
        at=max(new.at, old.at),
        early=old.early and new.early,
        follows=new.follows or old.follows,
    )


def _joined(old: tuple[Remark, ...], new: tuple[Remark, ...], *, anew: bool) -> tuple[Remark, ...]:
    if anew or not old:
        return new
    by_id: dict[RemoteId, Remark] = {remark.id: remark for remark in old}
    by_id.update({remark.id: remark for remark in new})
    return tuple(by_id.values())
