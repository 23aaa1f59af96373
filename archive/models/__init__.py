"""Tables of the record of truth."""

from __future__ import annotations

from archive.models.base import Base, new_id, utc_now
from archive.models.catalogue import ALL_DEPARTMENTS, CaseVolume, Item, ItemDepartment, Relation
from archive.models.deliveries import Delivery, DeliverySample
from archive.models.files import File, Page
from archive.models.imports import CatalogueImport, ColumnMemory, ImportLine
from archive.models.people import ApiToken, Department, Grant, Membership, User, UserRole
from archive.models.review import Correction
from archive.models.trail import Event, QueryLog
from archive.models.upload import Upload, UploadPart
from archive.models.watch import WatchedFile, WatchedFolder
from archive.models.work import Job, Outbox

__all__ = [
    "ALL_DEPARTMENTS",
    "ApiToken",
    "Base",
    "CaseVolume",
    "CatalogueImport",
    "ColumnMemory",
    "Correction",
    "Delivery",
    "DeliverySample",
    "Department",
    "Event",
    "File",
    "Grant",
    "ImportLine",
    "Item",
    "ItemDepartment",
    "Job",
    "Membership",
    "Outbox",
    "Page",
    "QueryLog",
    "Relation",
    "Upload",
    "UploadPart",
    "User",
    "UserRole",
    "WatchedFile",
    "WatchedFolder",
    "new_id",
    "utc_now",
]
