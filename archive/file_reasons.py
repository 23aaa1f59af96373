"""Why a file ended as it did: what a clerk is told of files that are empty, unreadable, quarantined, refused, or read
with something to be said of them."""

from __future__ import annotations

from typing import Final

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

FILE_REASONS: Final = _EMPTY | _UNREADABLE | _QUARANTINED | _REFUSED | _WARNINGS
