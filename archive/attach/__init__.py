"""Files for records that were catalogued before (挂接): which file belongs to which record, and what came of it.

`matching` reads names and asks nobody, `records` finds what they may mean in the record, `attaching` adds the files.
"""
