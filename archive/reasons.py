"""What became of a file, and the sentences that people read for every code: reasons, warnings, errors.

One table for the whole program, because the portal shows what the indexer recorded. A sentence says what happened and
what to do next; it never holds a name or anything from inside a document.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

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

_EMPTY = {
    "container": (
        "文件已保存，其中的文件已逐一取出，见所含文件。",
        "The file is kept; the files in it were taken out and are listed below it.",
    ),
    "stack_parted": (
        "扫描件已按分隔页拆分，各部分已归入相应档案；原扫描件保留备查。",
        "The scan was parted at its separator sheets, and each part was added to its record; the scan itself is kept "
        "as evidence.",
    ),
    "stack_parts_left": (
        "扫描件已按分隔页拆分，但有部分未能归入档案，已列在下方，原扫描件保留备查。请核对分隔页上的档号。",
        "The scan was parted at its separator sheets, but not every part could be added to a record; what is left is "
        "listed below it, and the scan itself is kept. Check the archival codes on the sheets.",
    ),
    "container_empty": (
        "文件已保存，其中没有文件。",
        "The file is kept; there are no files in it.",
    ),
    "decrypted": (
        "文件已用所给密码打开，内容见其下所列文件；密码未保存。",
        "The file was opened with the password given once; its content is listed below it. The password is not kept.",
    ),
    "no_text": (
        "文件已保存，其中没有可识别的文字。请在题名和备注中写明内容，便于查找。",
        "The file is kept; no text was found in it. Describe it in the title and remarks so that it can be found.",
    ),
    "blank": (
        "文件已保存，各页均为空白。",
        "The file is kept; every page of it is blank.",
    ),
    "media_without_transcript": (
        "音频或视频已保存，尚无文字稿。可补充上传文字稿。",
        "The recording is kept; it has no transcript yet. A transcript can be added.",
    ),
}

_UNREADABLE = {
    "encrypted": (
        "文件设有打开密码，无法读取。请取消密码后重新上传。",
        "The file needs a password to open. Remove the password and upload it again.",
    ),
    "file_password_wrong": (
        "所给密码不对，未能打开文件。请核对大小写后再给一次。",
        "The password did not open the file. Check it, also capital letters, and give it again.",
    ),
    "file_password_gone": (
        "密码只保留片刻且不保存，读取前已失效。请再给一次密码。",
        "The password is kept for moments only and was gone before the file was read. Give it again.",
    ),
    "encryption_unknown": (
        "文件的加密方式无法在此打开，文件已原样保存。请取消密码后重新上传。",
        "This way of encryption cannot be opened here; the file is kept as it is. Remove the password and upload it "
        "again.",
    ),
    "damaged": (
        "文件已损坏或不完整，无法读取。请检查原件后重新上传。",
        "The file is damaged or incomplete. Check the original and upload it again.",
    ),
    "format_not_supported": (
        "暂不支持读取这种格式，文件已原样保存。请另存为 PDF 后补充上传。",
        "This format cannot be read yet; the file is kept as it is. Add a PDF version.",
    ),
    "container_too_deep": (
        "压缩包嵌套过深，未继续展开，已原样保存。请解压后分别上传其中的文件。",
        "Packed files lie in each other too deeply; this one is kept unopened. Unpack it and upload the files in it.",
    ),
    "too_large": (
        "文件过大，超出可读取的上限，已原样保存。请拆分后重新上传。",
        "The file is above the size that can be read; it is kept as it is. Split it and upload the parts.",
    ),
    "tool_timeout": (
        "读取文件超时，已停止。文件已保存，可稍后重试。",
        "Reading the file took too long and was stopped. The file is kept; try again later.",
    ),
    "tool_memory": (
        "读取文件占用内存过多，已停止。文件已保存，请拆分后重新上传。",
        "Reading the file needed too much memory and was stopped. The file is kept; split it and upload the parts.",
    ),
    "tool_crashed": (
        "文件使解析程序异常退出，无法读取。文件已保存，请另存为其他格式后重新上传。",
        "The file made its reader stop. The file is kept; save it in another format and upload that.",
    ),
    "tool_killed": (
        "读取过程被系统中断。文件已保存，可稍后重试。",
        "Reading was interrupted by the system. The file is kept; try again later.",
    ),
    "tool_failed": (
        "解析程序无法处理此文件。文件已保存，请另存为其他格式后重新上传。",
        "The reader could not deal with this file. The file is kept; save it in another format and upload that.",
    ),
    "tool_output": (
        "解析结果异常，已丢弃。文件已保存，请通知系统管理员。",
        "The reader's answer was not valid and was thrown away. The file is kept; tell the system administrator.",
    ),
    "cancelled": (
        "读取已被人员停止。文件已保存，可在批次页面重试。",
        "Somebody stopped the reading. The file is kept; it can be tried again on the page of its batch.",
    ),
    "interrupted": (
        "读取过程多次中断，已停止重试。文件已保存，请通知系统管理员。",
        "Reading was interrupted too often and is given up. The file is kept; tell the system administrator.",
    ),
    "vault_missing": (
        "库中找不到这份文件的内容。请立即通知系统管理员，从备份恢复。",
        "The vault lost the content of this file. Tell the system administrator to restore it from a backup.",
    ),
    "vault_damaged": (
        "库中这份文件的内容已损坏。请立即通知系统管理员，从备份恢复。",
        "The vault holds damaged content of this file. Tell the system administrator to restore it from a backup.",
    ),
    "page_not_found": ("文件中没有这一页。", "The file has no such page."),
}

_QUARANTINED = {
    "image_too_large": (
        "图像尺寸异常巨大，疑似恶意文件，已隔离。请联系安全管理员。",
        "The image claims an extreme size and may be harmful; it was quarantined. Ask the security administrator.",
    ),
    "expands_too_much": (
        "文件展开后体积异常巨大，疑似恶意文件，已隔离。请联系安全管理员。",
        "The file expands to an extreme size and may be harmful; it was quarantined. Ask the security administrator.",
    ),
    "declares_entities": (
        "文件内含外部引用或可无限展开的声明，疑似恶意文件，已隔离。请联系安全管理员。",
        "The file declares entities that fetch or multiply content and may be harmful; it was quarantined. "
        "Ask the security administrator.",
    ),
    "virus": (
        "发现病毒，文件已隔离，任何人不能打开。请联系安全管理员。",
        "A virus was found; the file was quarantined and nobody can open it. Ask the security administrator.",
    ),
    "too_large_to_scan": (
        "文件超过病毒扫描的大小上限，无法确认安全，已隔离。请联系系统管理员调整扫描上限。",
        "The file is above the virus scanner's size limit, so nobody knows that it is safe; it was quarantined. "
        "Ask the system administrator to raise that limit.",
    ),
}

_REFUSED = {
    "empty_file": ("文件为空（0 字节），未接收。", "The file is empty (0 bytes) and was not taken in."),
    "over_limit": ("文件超过大小上限，未接收。", "The file is above the size limit and was not taken in."),
    "not_openable": ("无法打开这份文件，请检查权限。", "The file cannot be opened; check its permissions."),
    "type_not_allowed": ("不允许接收这种类型的文件。", "Files of this type are not taken in."),
}

_WARNINGS = {
    "text_cut": (
        "文字过长，只收录了前一部分。其余内容请查看原件。",
        "The text was too long; only its first part was taken. See the original for the rest.",
    ),
    "pages_unreadable": (
        "部分页面未能读取，其余页面可以检索。",
        "Some pages could not be read; the others can be searched.",
    ),
    "separator_unknown": (
        "分隔页上的档号没有对应的档案，或您无权向其归入文件；这些页保留在原扫描件下。请核对档号，或请综合档案室挂接。",
        "No record to which you may add files has the archival code of this separator sheet; its pages stay with the "
        "scan. Check the code, or ask the archive room to attach them.",
    ),
    "before_separator": (
        "这些页在第一张分隔页之前，或分隔页上有多个档号，未归入任何档案，保留在原扫描件下。请核对后挂接。",
        "These pages lie before the first separator sheet, or behind one with several archival codes, and belong to no "
        "record; they stay with the scan. Check where they belong and attach them.",
    ),
    "separator_without_pages": (
        "这张分隔页之后没有页面。请检查是否漏扫。",
        "Nothing lies behind this separator sheet. Check whether pages were not scanned.",
    ),
    "no_separators": (
        "没有找到分隔页，扫描件未拆分。请检查分隔页是否清晰，或单独上传各部分。",
        "No separator sheet was found, so the scan was not parted. Check that the sheets are legible, or upload the "
        "parts one by one.",
    ),
    "numbers_missing": (
        "图像文件名的编号不连续，可能缺页。请核对原件；如有缺页，请补扫后重新上传。",
        "The numbers in the names of the images have gaps; pages may be missing. Compare with the paper and scan again "
        "what is missing.",
    ),
    "repaired": (
        "文件不完整，已尽量恢复其中的文字。请核对原件。",
        "The file is incomplete; what could be recovered was taken. Compare it with the original.",
    ),
    "extension_mismatch": (
        "文件扩展名与实际内容不符，已按实际内容读取。",
        "The file's extension does not match its content; it was read by its content.",
    ),
    "has_macros": (
        "文件含有宏或脚本，已原样保存，系统不会运行。下载后请勿启用宏，除非确认来源。",
        "The file holds macros or scripts. It is kept as it is and nothing of it is run here; after a download enable "
        "macros only if you trust its source.",
    ),
    "tracked_changes": (
        "文件含有修订记录，其中删除的文字也已收录，以 [- -] 标出。请以定稿为准。",
        "The document holds tracked changes. Words that they delete were taken too, marked [- -]; the final version "
        "decides.",
    ),
    "drawing_facts_only": (
        "图纸只收录了属性中的文字，图面文字未读取。请补充 DXF 或 PDF 版本。",
        "Only the words of the drawing's properties were taken, not those on the drawing. Add a DXF or PDF version.",
    ),
    "members_left_out": (
        "所含文件或附件中有未能取出的，原因见所列文件。请另行上传。",
        "Some of the files in it could not be taken out; the reasons stand beside them. Upload those separately.",
    ),
    "name_cleaned": (
        "原文件名含有不安全的路径或字符，显示时已去除，内容不受影响。",
        "Its name held an unsafe path or characters, which are not shown; the content is as it was.",
    ),
    "duplicate": ("已有内容相同的文件。", "A file with the same content is already kept."),
}

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
    _EMPTY | _UNREADABLE | _QUARANTINED | _REFUSED | _WARNINGS | _ERRORS | _RIGHTS | _VIEWING | _FIELDS | IMPORT_REASONS
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
