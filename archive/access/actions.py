"""Actions, named `resource:verb`, in alphabetical order. Every action has a row in the policy table (tested)."""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    """What an actor may ask to do."""

    ACCOUNT_USE = "account:use"  # own account: password, sessions, language
    ARCHIVE_IMPORT = "archive:import"  # take over existing archives in the state they are in
    AUDIT_READ = "audit:read"  # the trail of events
    BATCH_CHANGE = "batch:change"  # stop one's own or one's department's batch, or try its failed files again
    BATCH_READ = "batch:read"  # watch what came in together: one's own batches and those of one's department
    CATALOGUE_IMPORT = "catalogue:import"  # take over catalogues that exist as tables, attach files to their records
    DELIVERY_INSPECT = "delivery:inspect"  # draw a sample of a scanning firm's delivery, judge it, accept or return
    DELIVERY_READ = "delivery:read"  # watch deliveries: one's own; all that one may read, for inspectors
    GRANT_CREATE = "grant:create"  # give a right beyond the class rules
    ITEM_ATTACH = "item:attach"  # add a scan to a record that was catalogued before
    ITEM_CREATE = "item:create"  # register a new item in a department
    ITEM_DISCOVER = "item:discover"  # see the catalogue entry
    ITEM_DOWNLOAD = "item:download"  # take the original bytes
    ITEM_EDIT = "item:edit"  # change the description of a draft
    ITEM_PRINT = "item:print"  # a print with the reader's mark
    ITEM_READ = "item:read"  # content: pages, text, snippets
    ITEM_UNMASK = "item:unmask"  # see masked values
    JOB_READ = "job:read"  # watch one's own work
    REVIEW_USE = "review:use"  # the list of pages whose recognised text is uncertain
    SEARCH_USE = "search:use"  # search at all
    SYSTEM_OPERATE = "system:operate"  # services, index, parameters
    TEXT_CORRECT = "text:correct"  # say what really stands on a recognised page
    UPLOAD_USE = "upload:use"  # hand in documents at all
    USER_CREATE = "user:create"  # accounts
    USER_EMPOWER = "user:empower"  # roles, clearance, memberships of others
