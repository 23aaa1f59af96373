"""What became of a file, and the sentences that people read for every code: reasons, warnings, errors.

One table for the whole program, because the portal shows what the indexer recorded. A sentence says what happened and
what to do next; it never holds a name or anything from inside a document.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from archive.file_reasons import FILE_REASONS
from archive.import_reasons import IMPORT_REASONS


class Outcome(StrEnum):
    """What became of a file; one word each."""

    SEARCHABLE = "searchable"
    EMPTY = "empty"
    UNREADABLE = "unreadable"
    QUARANTINED = "quarantined"
    REFUSED = "refused"
    DUPLICATE = "duplicate"


OUTCOMES: Mapping[Outcome, tuple[str, str]] = MappingProxyType(
    {
        Outcome.SEARCHABLE: ("可检索", "Searchable"),
        Outcome.EMPTY: ("无文字（已收）", "No text (kept)"),
        Outcome.UNREADABLE: ("未能读取", "Not readable"),
        Outcome.QUARANTINED: ("已隔离", "Quarantined"),
        Outcome.REFUSED: ("已拒收", "Refused"),
        Outcome.DUPLICATE: ("重复", "Duplicate"),
    }
)

_ERRORS = {
    "internal": (
        "系统出错，操作未完成。请稍后再试。",
        "Something went wrong and nothing was changed. Try again later.",
    ),
    "not_found": ("没有找到，或您无权查看。", "It was not found, or you may not see it."),
    "not_granted": ("您尚无权查看内容，可提出利用申请。", "You may not read this yet; you can ask for it."),
    "invalid": (
        "填写的内容有误，请按提示修改。",
        "Some of what was entered is not valid. See the notes beside the fields.",
    ),
    "conflict": (
        "记录已被他人修改，请刷新后再试。",
        "The record was changed in the meantime. Reload it and try again.",
    ),
    "refused": ("文件未接收。", "The file was not taken in."),
    "sign_in_needed": ("请先登录。", "Sign in first."),
    "too_many_attempts": ("尝试次数过多，请稍候再试。", "Too many attempts. Wait a while and try again."),
    "bad_request": ("请求的格式有误。", "The request is not formed as it should be."),
    "form_expired": (
        "页面停留过久，为安全起见未提交。请返回刷新后重新提交。",
        "The page was open too long and was not submitted, for safety. Go back, reload it and submit again.",
    ),
    "method_not_allowed": ("此地址不支持这种操作。", "This address does not offer that."),
    "not_acceptable": ("无法以所要求的格式提供。", "It cannot be given in the form that was asked for."),
    "request_too_large": ("提交的内容超过上限。", "What was sent is above the limit."),
    "media_type": ("不支持所提交内容的类型。", "This type of content is not taken here."),
    "range": ("所请求的范围超出文件大小。", "The range asked for lies outside the file."),
    "revision_needed": (
        "修改须注明所依据的版本（If-Match）。",
        "A change must name the revision it is based on (If-Match).",
    ),
    "queue_down": (
        "登录服务暂时不可用，请稍后再试。已保存的内容不受影响。",
        "The sign-in service is not available at the moment. Try again soon; nothing that was saved is affected.",
    ),
    "search_down": (
        "检索服务暂时不可用，请稍后再试。档案本身不受影响。",
        "Search is not available at the moment. Try again soon; the archive itself is not affected.",
    ),
    "database_down": (
        "档案数据库暂时不可用，请稍后再试。",
        "The archive's database is not available at the moment. Try again soon.",
    ),
    "disk_full": (
        "存储空间已满，内容未保存。请联系系统管理员。",
        "The storage is full and nothing was saved. Ask the system administrator.",
    ),
}

_DELAYS = {
    "tool_unavailable": (
        "解析服务暂不可用，恢复后自动继续。",
        "The reading service is not available; work resumes by itself.",
    ),
    "scanner_unavailable": (
        "病毒扫描服务暂不可用，文件暂不开放，恢复后自动继续。",
        "The virus scanner is not available; the file stays closed, and work resumes by itself.",
    ),
    "machine_short": (
        "服务器资源不足，恢复后自动继续。",
        "The server is short of memory or files; work resumes by itself.",
    ),
    "vault_full": ("存储空间已满，清理后自动继续。", "The storage is full; work resumes when there is room."),
    "index_unreachable": (
        "检索服务没有应答，恢复后自动继续。",
        "The search engine does not answer; work resumes by itself.",
    ),
    "index_busy": ("检索服务繁忙，稍后自动继续。", "The search engine is busy; work resumes by itself."),
    "index_blocked": (
        "检索服务磁盘空间不足，已停止写入；清理后自动继续。",
        "The search engine is out of disk space and takes no writes; work resumes when there is room.",
    ),
    "index_missing": ("索引不存在，正在重建。", "The index does not exist; it is being built anew."),
    "index_outdated": (
        "索引版本与程序不符，请运行 index rebuild。",
        "The index belongs to another version of the program; run index rebuild.",
    ),
    "index_rejected": (
        "检索服务拒收这条记录，将自动重试。请通知系统管理员。",
        "The search engine does not take this record; it is tried again. Tell the system administrator.",
    ),
}

_RIGHTS = {
    "not_reader": (
        "您不在本件的可阅范围内。可向归档部门或综合档案室提出利用申请。",
        "You are not among the readers of this item. Ask the owning department or the archive room for it.",
    ),
    "not_role": (
        "您的岗位没有这项权限。如需使用，请联系安全管理员。",
        "Your post does not carry this right. Ask the security administrator.",
    ),
    "on_hold": (
        "本件已封存，启封前任何人不能利用。请联系综合档案室。",
        "This item is on hold; nobody may use it until the hold is released. Ask the archive room.",
    ),
    "security_drawing": (
        "本件为涉及安全防范的图纸，须逐件审批。可提出利用申请。",
        "This is a drawing of security installations; it needs an approval of its own. You can ask for it.",
    ),
    "sensitivity": (
        "本件的敏感级别高于您的可阅级别。可提出利用申请。",
        "The sensitivity of this item is above what you may read. You can ask for it.",
    ),
    "not_unmasked": (
        "校对须能查看未遮盖的内容。可请归档部门的兼职档案员校对本页。",
        "Correcting needs the right to see the page unmasked. Ask the filing clerk of the owning department.",
    ),
    "never_downloaded": (
        "此类档案的原文不得下载，可在页面上查阅。",
        "Originals of this class are never downloaded; they can be read on the page.",
    ),
    "locked": ("本件已移交或归档，不能再修改。", "This item was handed over or filed and cannot be changed any more."),
}

_VIEWING = {
    "quarantined": (
        "文件已隔离，任何人不能打开。请联系安全管理员。",
        "The file is quarantined; nobody can open it. Ask the security administrator.",
    ),
    "not_scanned": (
        "文件等待病毒扫描，扫描通过后才能打开。",
        "The file waits for the virus scan and can be opened when it has passed.",
    ),
    "member_not_kept": (
        "这份文件未能从所在文件中取出，没有可下载的内容。原因见文件说明。",
        "This file could not be taken out of the one that holds it, so there is nothing to open. "
        "The reason stands beside it.",
    ),
    "no_page_image": (
        "这种文件没有页面图像，请查看文字。",
        "Files of this kind have no page images; read the text instead.",
    ),
    "page_not_drawn": (
        "页面图像暂时无法显示，请稍后再试。",
        "The page image cannot be shown at the moment. Try again soon.",
    ),
    "render_busy": (
        "正在绘制的页面较多，请稍候再试。",
        "Many pages are being drawn just now. Try again in a moment.",
    ),
    "page_not_read": (
        "文字尚在识别，识别后才能遮盖个人信息。请稍后再看。",
        "Its text is still being read, and personal data can be masked only afterwards. Look again later.",
    ),
    "page_not_maskable": (
        "本页可能含有个人信息而无法逐处遮盖，因此不显示图像。如确需查看，请申请查看未遮盖内容。",
        "This page may hold personal data that cannot be masked in place, so its image is not shown. "
        "Ask for the right to see it unmasked if you need it.",
    ),
    "original_masked": (
        "原文含有须遮盖的个人信息，不能整份下载。可在页面上查阅，或申请查看未遮盖内容。",
        "The original holds personal data that must be masked, so it cannot be downloaded whole. "
        "Read it on the page, or ask for the right to see it unmasked.",
    ),
    "too_many_uploads": (
        "您同时进行的上传过多。请等已开始的上传完成后再试。",
        "You have too many uploads under way. Wait until those that began are done.",
    ),
    "no_files": ("请选择要上传的文件。", "Choose the files to upload."),
    "none_taken": ("没有接收任何文件，原因见各文件。", "No file was taken in; the reason stands beside each."),
}

_FIELDS = {
    "delivery_state": (
        "这批成果的状态已改变，不能再这样处理。请刷新后查看。",
        "The delivery has gone on meanwhile, so this cannot be done any more. Reload the page.",
    ),
    "delivery_not_read": (
        "还有文件正在读取，自检尚未完成。请稍后再抽样。",
        "Some files are still being read, so the self-check is not complete. Draw the sample later.",
    ),
    "delivery_percent": (
        "抽检比率应为 5% 至 100%，最少件数应为 1 至 100000。",
        "The sample is 5 to 100 percent of the records, and at least 1 to 100,000 records.",
    ),
    "delivery_not_inspected": (
        "抽检尚未完成：请逐件检查样本后再验收。",
        "The inspection is not complete: judge every record of the sample before accepting.",
    ),
    "delivery_misplaced": (
        "抽检发现图像与目录条目不符（须全部相符），不能验收，只能退回。",
        "The inspection found an image that belongs to another entry, and all have to match. The delivery can only be "
        "returned.",
    ),
    "delivery_below_rate": (
        "抽检合格率低于 95%，不能验收，只能退回。",
        "Fewer than 95 percent of the inspected records are right, so the delivery can only be returned.",
    ),
    "delivery_remark": (
        "请写明理由：退回的原因，或自检发现问题仍予验收的原因。",
        "Write the reason: why it is returned, or why it is accepted in spite of what the self-check found.",
    ),
    "not_images": (
        "文件夹中须全部是图像。其他文件请另列一行。",
        "Everything in the folder must be an image. List other files in rows of their own.",
    ),
    "required": ("请填写此项。", "Fill this in."),
    "unknown": ("没有这个值，请从列表中选择。", "There is no such value; choose one from the list."),
    "too_long": ("内容过长，请缩短。", "This is too long; shorten it."),
    "too_short": ("密码至少 10 个字符。", "The password needs at least 10 characters."),
    "out_of_range": ("数值超出范围。", "The number is outside its range."),
    "not_a_date": ("不是有效日期，例如 2024-05-01 或 2024年5月。", "This is no date; write 2024-05-01 or 2024-05."),
    "not_a_number": ("请填写数字。", "Enter a number."),
    "not_text": ("请填写文字。", "Enter text."),
    "unknown_field": ("没有这个字段。", "There is no such field."),
    "not_a_list": ("应为列表。", "This must be a list."),
    "not_an_object": ("应为 JSON 对象。", "This must be a JSON object."),
    "not_json": ("不是有效的 JSON。", "This is not valid JSON."),
    "class_without_code": ("此门类不编档号。", "Records of this class have no archival code."),
    "not_a_code": ("不是有效的档号。", "This is no valid archival code."),
    "not_of_class": ("该门类没有这个字段。", "The class has no such field."),
    "not_yes_or_no": ("请填写“是”或“否”。", "Write true or false."),
    "not_a_relation": ("关系应写作“类型:档号”。", "Write a relation as kind:archival code."),
    "no_such_file": ("找不到这个文件。", "There is no such file."),
    "outside_folder": ("路径超出了所给文件夹。", "The path leads out of the folder given."),
    "columns_do_not_match": ("本行的列数与表头不符。", "The row has another number of columns than the heading."),
    "in_use": ("已被使用，请换一个。", "This is in use already; choose another."),
    "changed": ("记录已被修改，请刷新后再试。", "The record was changed; reload it and try again."),
    "separated": ("这些角色不能由同一人担任。", "These roles cannot be held by one person."),
    "wrong_password": ("当前密码不正确。", "The current password is not right."),
    "not_the_same": ("两次输入的新密码不一致。", "The two new passwords are not the same."),
}

REASONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    FILE_REASONS | _ERRORS | _RIGHTS | _VIEWING | _FIELDS | IMPORT_REASONS
)
"""Code → (Chinese, English)."""


RETRIED = (
    "cancelled",
    "internal",
    "interrupted",
    "pages_unreadable",
    "tool_crashed",
    "tool_failed",
    "tool_killed",
    "tool_memory",
    "tool_output",
    "tool_timeout",
    "vault_damaged",
    "vault_missing",
)
"""Reasons that another try may better: they lie in part with the machine, or somebody mended what was wrong."""


def sentence(code: str, language: str) -> str:
    """The sentence for `code` in `language` (a tag such as `zh_CN` or `en`). Raises KeyError for an unknown code."""
    chinese, english = REASONS[code]
    return chinese if language.startswith("zh") else english
