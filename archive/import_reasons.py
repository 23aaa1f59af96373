"""Sentences about catalogues taken over from tables, and about files attached to catalogued records."""

from __future__ import annotations

from typing import Final

IMPORT_REASONS: Final = {
    "table_not_read": (
        "无法读取这份表格。请用 Excel 另存为 .xlsx 后重新上传。",
        "This table cannot be read. Save it as .xlsx in Excel and upload it again.",
    ),
    "table_infected": (
        "表格中发现病毒，没有打开，也没有保留。请联系安全保密管理员。",
        "A virus was found in the table; it was neither opened nor kept. Ask the security administrator.",
    ),
    "table_not_scanned": (
        "病毒扫描服务暂时不可用，表格没有打开，也没有保留。请稍后重新上传。",
        "The virus scanner is not available; the table was neither opened nor kept. Upload it again later.",
    ),
    "table_too_large_to_scan": (
        "表格超过病毒扫描的大小上限，无法确认是否安全，没有打开。请拆分后重新上传。",
        "The table is above the virus scanner's size limit and was not opened. Split it and upload the parts.",
    ),
    "table_empty": ("表格中没有内容。", "There is nothing in the table."),
    "table_too_large": (
        "表格超过 100,000 行，请拆分后分别导入。",
        "The table has more than 100,000 rows; split it and import the parts.",
    ),
    "table_too_wide": (
        "表格超过 200 列，请删去无关的列。",
        "The table has more than 200 columns; remove those that do not matter.",
    ),
    "no_title_column": (
        "没有指定“题名”列。请在列的对应关系中选择哪一列是题名。",
        "No column is the title. Choose which one it is.",
    ),
    "no_code_column": (
        "没有可以得出档号的列。请指定“档号”，或“案卷号”“件号”等列。",
        "No column gives the archival code. Choose the column of the code, or of volume and item numbers.",
    ),
    "column_twice": ("两列对应了同一字段，请只保留一列。", "Two columns stand for the same field; keep one."),
    "cell_broken": (
        "单元格是错误值，或是没有保存结果的公式。请在 Excel 中改为数值后重新上传。",
        "The cell shows an error, or a formula without a saved result. Replace it by its value in Excel.",
    ),
    "no_code": (
        "无法得出档号：请填写档号，或案卷号、件号、年度、保管期限等组成部分。",
        "The archival code is missing: give it, or its parts (volume, item, year, retention).",
    ),
    "class_unknown_yet": (
        "无法确定门类。请填写门类列，或选择默认门类。",
        "The class is not clear. Fill in the column of the class, or choose a default class.",
    ),
    "double_row": ("档号与本表中另一行相同。", "Another row of this table has the same archival code."),
    "old_retention": (
        "“长期”“短期”不自动换算。请改为 永久、30年 或 10年。",
        "“Long-term” and “short-term” are not converted. Write permanent (Y), 30 or 10 years (D30, D10).",
    ),
    "retention_differs": (
        "保管期限与档号中的期限不一致。",
        "The retention differs from the one in the archival code.",
    ),
    "state_secret": (
        "本系统不得存放国家秘密。请将此件移出后再导入。",
        "State secrets must not be kept in this system. Take this record out of the table.",
    ),
    "not_a_page_range": ("页号应写作 5 或 5-8。", "Write page numbers as 5 or 5-8."),
    "pages_overlap": (
        "页号与前一件重叠或次序颠倒，请核对。",
        "The page numbers overlap those of the piece before, or run backwards.",
    ),
    "pages_differ": ("页数与页号起止不一致。", "The number of pages differs from the page numbers."),
    "other_department": (
        "只能导入本部门的档案。",
        "You can import records of your own department only.",
    ),
    "differs": (
        "档号已存在，内容与本行不同。如需更新，请勾选“更新已有草稿”。",
        "The archival code exists with other content. Tick “update drafts” to change it.",
    ),
    "not_editable": (
        "档号已存在且已移交或归档，不能再修改。",
        "The archival code exists and was handed over or filed; it cannot be changed.",
    ),
    "volume_refused": (
        "同一案卷中有错误的行，整卷未导入。",
        "Another row of this case volume is wrong, so nothing of the volume was imported.",
    ),
    "import_stopped": (
        "导入多次中断，已停止。已导入的内容不受影响，请重新开始导入。",
        "The import was interrupted too often and is given up. What was imported stays; begin it again.",
    ),
    "fits_several": (
        "文件名可对应多条目录，未挂接。请在文件名中写明完整档号。",
        "The name fits several records, so it was not attached. Write the full archival code into it.",
    ),
    "not_catalogued": (
        "没有找到此档号的目录，或您不能为它添加文件。请先导入目录。",
        "There is no record of this archival code to which you may add files. Import its catalogue first.",
    ),
    "no_code_in_name": (
        "文件名和文件夹名中没有档号。请以档号命名，或提供对照表。",
        "Neither the name nor the folder holds an archival code. Name it by its code, or give a manifest.",
    ),
    "import_not_allowed": (
        "账号已停用或不再有导入权限，导入已停止。",
        "The account is disabled or may not import any more; the import was stopped.",
    ),
}
