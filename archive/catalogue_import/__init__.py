"""Catalogues of case volumes, pieces and items that exist as tables: recognised, checked whole, taken over by volume.

`tables` holds what was read, `columns` says what each column is, `plan` turns rows into records or faults and asks
nobody, `check` compares them with the record, `apply` writes them, `drafts` keeps an import between its steps.
"""
