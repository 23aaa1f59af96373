"""What people do with a delivery: hand it in, draw a sample, judge it, accept or return. Each act is on the trail.

Threat: a delivery waved through, or a sample chosen by whoever is inspected. Guarantee: the seed is drawn by the
program and kept; a sample is drawn once; nobody accepts before every record of it is judged and enough are right; who
may not read every file of a delivery of others sees none of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import Session, joinedload

from archive import audit
from archive.access import gate, policy
from archive.access.actions import Action
from archive.access.actor import Actor
from archive.deliveries import rules
from archive.deliveries.rules import Defect, DeliveryState, Tally, Verdict, require_transition
from archive.deliveries.selfcheck import check
from archive.errors import ConflictError, InvalidError, NotFoundError
from archive.models import Delivery, DeliverySample, File, Item, Job, utc_now
from archive.record import Archive

FIRM_LENGTH: Final = 200
NOTE_LENGTH: Final = 500
MOST_SHOWN: Final = 200


def begin(
    session: Session, archive: Archive, actor: Actor, job: Job, *, firm: str, surplus: Sequence[tuple[str, str]]
) -> Delivery:
    """Makes the files of a job a delivery; `surplus` are pairs of path and reason of what belonged to no record."""
    gate.require(actor, Action.CATALOGUE_IMPORT)
    delivery = Delivery(
        job_id=job.id,
        user_id=actor.id,
        firm=firm.strip()[:FIRM_LENGTH],
        state=DeliveryState.RECEIVED,
        surplus=[list(pair) for pair in surplus],
    )
    session.add(delivery)
    session.flush()
    audit.record(session, archive.keys, actor, "delivery:begin", "delivery", delivery.id, detail={"job": job.id})
    return delivery


def list_deliveries(session: Session, actor: Actor) -> Sequence[Delivery]:
    """Deliveries that the actor may watch, newest first, MOST_SHOWN at most."""
    gate.require(actor, Action.DELIVERY_READ)
    return session.scalars(_select(actor).order_by(Delivery.created_at.desc(), Delivery.id).limit(MOST_SHOWN)).all()


def get_delivery(session: Session, actor: Actor, delivery_id: str) -> Delivery:
    """The delivery. Raises NotFoundError, also for one that the actor may not watch."""
    return _get(session, actor, delivery_id, Action.DELIVERY_READ)


def list_sample(session: Session, delivery: Delivery) -> Sequence[tuple[DeliverySample, Item]]:
    """The sample in the order in which it was drawn."""
    rows = (
        select(DeliverySample, Item)
        .join(Item, Item.id == DeliverySample.item_id)
        .where(DeliverySample.delivery_id == delivery.id)
        .order_by(DeliverySample.position)
    )
    return [(row[0], row[1]) for row in session.execute(rows.options(joinedload(Item.volume)))]


def count_sample(session: Session, delivery: Delivery) -> Tally:
    """How the inspection stands."""
    judged = select(DeliverySample.verdict, DeliverySample.defect).where(DeliverySample.delivery_id == delivery.id)
    return rules.tally([(row.verdict, row.defect) for row in session.execute(judged)])


def draw_sample(
    session: Session, archive: Archive, actor: Actor, delivery_id: str, *, percent: int, least: int
) -> list[str]:
    """Draws the sample; ids of its records. Raises InvalidError, ConflictError (not all read, or drawn before)."""
    delivery = _get(session, actor, delivery_id, Action.DELIVERY_INSPECT, is_locked=True)
    if not rules.LEAST_PERCENT <= percent <= 100:
        raise InvalidError(details={"percent": "delivery_percent"})
    if not 1 <= least <= 100_000:
        raise InvalidError(details={"least": "delivery_percent"})
    require_transition(DeliveryState(delivery.state), DeliveryState.INSPECTING)
    figures = check(session, actor, delivery).figures
    if figures.waiting or not figures.records:
        raise ConflictError(reason="delivery_not_read")
    delivered = set(session.scalars(select(File.item_id).where(File.job_id == delivery.job_id)))
    delivery.percent, delivery.least, delivery.seed = percent, least, rules.make_seed()
    drawn = rules.draw(delivered, percent=percent, least=least, seed=delivery.seed)
    session.add_all(
        DeliverySample(delivery_id=delivery.id, item_id=item_id, position=place) for place, item_id in enumerate(drawn)
    )
    delivery.state = DeliveryState.INSPECTING
    detail = {"percent": percent, "least": least, "seed": delivery.seed, "drawn": len(drawn)}
    audit.record(session, archive.keys, actor, "delivery:sample", "delivery", delivery.id, detail=detail)
    return drawn


def judge(
    session: Session,
    archive: Archive,
    actor: Actor,
    delivery_id: str,
    item_id: str,
    *,
    verdict: str,
    defect: str = "",
    note: str = "",
) -> None:
    """Writes down what the inspector found about one record of the sample; it may be changed until the decision.

    Raises InvalidError for an unknown verdict or a failure without a defect.
    """
    delivery = _get(session, actor, delivery_id, Action.DELIVERY_INSPECT, is_locked=True)
    if delivery.state != DeliveryState.INSPECTING:
        raise ConflictError(reason="delivery_state")
    sample = session.get(DeliverySample, (delivery.id, item_id))
    if sample is None:
        raise NotFoundError(action=Action.DELIVERY_INSPECT, object_type="item", object_id=item_id)
    if verdict not in tuple(Verdict):
        raise InvalidError(details={"verdict": "required"})
    if verdict == Verdict.FAIL and defect not in tuple(Defect):
        raise InvalidError(details={"defect": "required"})
    sample.verdict, sample.defect = verdict, defect if verdict == Verdict.FAIL else ""
    sample.note = note.strip()[:NOTE_LENGTH]
    sample.inspected_by, sample.inspected_at = actor.id, utc_now()
    detail = {"item": item_id, "verdict": verdict, "defect": sample.defect}
    audit.record(session, archive.keys, actor, "delivery:judge", "delivery", delivery.id, detail=detail)


def decide(
    session: Session, archive: Archive, actor: Actor, delivery_id: str, *, is_accepted: bool, remark: str
) -> None:
    """Accepts or returns the delivery; figures of the self-check are kept with the decision.

    Raises ConflictError with the reason for which it cannot be accepted; InvalidError where the reason for returning
    it, or for accepting it in spite of what the self-check found, is not said.
    """
    delivery = _get(session, actor, delivery_id, Action.DELIVERY_INSPECT, is_locked=True)
    after = DeliveryState.ACCEPTED if is_accepted else DeliveryState.RETURNED
    require_transition(DeliveryState(delivery.state), after)
    figures = check(session, actor, delivery).figures
    refusal = count_sample(session, delivery).refusal if is_accepted else ""
    if refusal:
        raise ConflictError(reason=refusal)
    if not remark.strip() and (not is_accepted or figures.faults):
        raise InvalidError(details={"remark": "delivery_remark"})
    delivery.state, delivery.figures, delivery.remark = after, figures.dump(), remark.strip()
    delivery.decided_by, delivery.decided_at = actor.id, utc_now()
    act = "delivery:accept" if is_accepted else "delivery:return"
    audit.record(session, archive.keys, actor, act, "delivery", delivery.id, detail=figures.dump())


def _get(session: Session, actor: Actor, delivery_id: str, action: Action, *, is_locked: bool = False) -> Delivery:
    gate.require(actor, action)
    wanted = _select(actor).where(Delivery.id == delivery_id)
    delivery = session.scalar(wanted.with_for_update() if is_locked else wanted)
    if delivery is None:
        raise NotFoundError(action=action, object_type="delivery", object_id=delivery_id)
    return delivery


def _select(actor: Actor) -> Select[Delivery]:
    return select(Delivery).where(or_(Delivery.user_id == actor.id, _inspected(actor)))


def _inspected(actor: Actor) -> ColumnElement[bool]:
    """Deliveries of others for who inspects them, if every file of theirs may be read."""
    if not policy.permits(Action.DELIVERY_INSPECT, actor):
        return false()
    files = select(func.count()).select_from(File).join(File.item).where(File.job_id == Delivery.job_id)
    readable = files.where(policy.condition(Action.ITEM_READ, actor))
    total, seen = files.scalar_subquery(), readable.scalar_subquery()
    return and_(total > 0, total == seen)
